"""House rules that no linter knows, each with an example that must fail."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.db import enums

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "gateway").rglob("*.py"))
DECIDED = {
    *enums.FIRM_ROLES,
    *enums.CLIENT_ROLES,
    *enums.PLATFORM_ROLES,
    *enums.LEVELS,
    *enums.BILLING_MODES,
    *enums.COLLABORATION_STATES,
    *enums.PROGRAMME_STATES,
    *enums.INVOICE_STATES,
}
RANKS = {*enums.FIRM_ROLES, *enums.CLIENT_ROLES, *enums.PLATFORM_ROLES, *enums.LEVELS}
UNDECIDED = {
    "auth/membership_lock.py": "whether the viewer still has the role that the request began with",
    "db/queries/by_state.py": "ends the assignments of a person whose role became STAFF, in the same transaction",
}
"""Where a role or a level is compared outside the policy, and why it is not the policy's to decide."""
DECIDED_NAMES = {"role", "level", "billing_mode", "state", "programme_state", "mode", "standing"}
DECIDING_ROOMS = ("resolvers", "loaders", "schema", "http")


def environment(tree: ast.AST) -> Iterator[int]:
    """Reads of the environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and ast.unparse(node.value) == "os":
            yield node.lineno


def commits(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield node.lineno


def oso_imports(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] in ("oso", "polar") for name in names):
            yield node.lineno


def lazy_relations(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "lazy" and ast.unparse(node.value) != "'raise'":
            yield node.value.lineno


def decisions(tree: ast.AST) -> Iterator[int]:
    """Comparisons of a role, a level, a mode or a state: only the policy may make them."""
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        for side in sides:
            words_in = {
                part.value for part in ast.walk(side) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
            if words_in & DECIDED or (isinstance(side, ast.Attribute) and side.attr in DECIDED_NAMES):
                yield node.lineno


def roles_and_levels(tree: ast.AST) -> Iterator[int]:
    """Comparisons of a role or a level, in Python or in SQL."""
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        for side in sides:
            constants = {part.value for part in ast.walk(side) if isinstance(part, ast.Constant)}
            if constants & RANKS or (isinstance(side, ast.Attribute) and side.attr in ("role", "level")):
                yield node.lineno


def sql_foldings(tree: ast.AST) -> Iterator[int]:
    """Text that SQL folds without a collation: what comes of it depends on the locale of the database."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_function = node.func.attr in ("lower", "upper", "initcap", "btrim", "unaccent", "normalize")
            of_sql = ast.unparse(node.func.value) in ("func", "sa.func")
            is_collated = bool(node.args) and ast.unparse(node.args[0]).startswith("sa.collate(")
            if (is_function and of_sql and not is_collated) or node.func.attr in (
                "ilike",
                "icontains",
                "istartswith",
                "iendswith",
            ):
                yield node.lineno


def foldings(tree: ast.AST) -> Iterator[int]:
    """Text that is folded or normalised: `gateway.text` alone does that."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("casefold", "normalize"):
            yield node.lineno


def broken(rule, files) -> list[str]:
    found = []
    for path in files:
        tree = ast.parse(path.read_text("utf-8"))
        found += [f"{path.relative_to(ROOT)}:{line}" for line in rule(tree)]
    return found


def test_only_settings_reads_the_environment():
    assert broken(environment, [path for path in FILES if path.name != "settings.py"]) == []


def test_nobody_writes_commit():
    assert broken(commits, FILES) == []


def test_only_the_policy_engine_imports_oso():
    assert broken(oso_imports, [path for path in FILES if path.parent.name != "policy"]) == []


def test_relations_are_never_loaded_by_themselves():
    assert broken(lazy_relations, FILES) == []


def test_no_role_level_mode_or_state_is_compared_outside_the_policy():
    rooms = [path for path in FILES if path.relative_to(ROOT / "gateway").parts[0] in DECIDING_ROOMS]
    assert broken(decisions, [path for path in rooms if path.parent.name != "routes"]) == []


def test_no_role_and_no_level_is_compared_outside_the_policy_but_for_a_reason():
    ours = [path for path in FILES if not {"policy", "seeds", "versions"} & set(path.parts)]
    found = {line.rpartition(":")[0].removeprefix("gateway/") for line in broken(roles_and_levels, ours)}

    assert found == UNDECIDED.keys()


def test_sql_folds_no_text():
    assert broken(sql_foldings, FILES) == []


def test_text_is_folded_in_one_place():
    assert broken(foldings, [path for path in FILES if path.parent.name != "text"]) == []


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        (sql_foldings, "select(a).where(sa.func.lower(sa.func.btrim(column)) == key)"),
        (sql_foldings, "func.upper(User.email)"),
        (sql_foldings, "User.email.ilike(pattern)"),
        (foldings, "name.casefold()"),
        (foldings, "unicodedata.normalize('NFC', name)"),
        (environment, "import os\nos.environ['X']"),
        (environment, "import os\nos.getenv('X')"),
        (commits, "session.commit()"),
        (oso_imports, "from polar.expression import Expression"),
        (oso_imports, "import oso"),
        (lazy_relations, "relationship('A', lazy='select')"),
        (decisions, "viewer.role == 'admin'"),
        (roles_and_levels, "select(a).where(FirmMember.role == role)"),
        (roles_and_levels, "x = level in ('full', 'limited')"),
        (decisions, "x = 1 if 'full' in levels else 2"),
        (decisions, "select(a).where(Collaboration.state == other)"),
        (decisions, "match = row.billing_mode != mode"),
    ],
)
def test_each_rule_sees_what_breaks_it(rule, example):
    assert list(rule(ast.parse(example)))
