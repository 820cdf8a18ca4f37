"""The lint of the text, both ways: what must not be said is found wherever it stands, what only looks like it is let be."""

from pathlib import Path

import pytest

from gateway.policy import PolicyError
from gateway.policy.text import PolicyText, head_arguments, of_files, read_folder

POLICIES = Path(__file__).parents[2] / "policies"
VOCABULARY = {"vocabulary.polar": 'column("Shop", "name");'}


def text(rules: str) -> PolicyText:
    return of_files({"some.polar": rules, **VOCABULARY})


def test_the_policy_that_ships_passes():
    read_folder(POLICIES)


FOUND = {
    "cut": "a(x) if x.b and cut;",
    "new": "a(x) if x = new Client();",
    "print": 'a(x) if print("a", x);',
    "debug": "a(x) if debug(x);",
    "forall": "a(x) if forall(y in x.z, y.b = 1);",
    "not": "a(x) if not x.b;",
    "matches": "a(x) if x matches Client;",
    "method": "a(x) if x.b();",
    "pattern": "a(x: Client{b: 1}) if x.c;",
    "rule names": "allow(a, b, c) if a = 1 and b = 1 and c = 1;",
    "two variables": "a(x, y) if x = y;",
    "constants only": "a(x) if x.b in [x.c];",
    "twice in a head": "a(x, x: Client);",
    "a circle": "a(x) if b(x);\nb(x) if a(x);",
    "takes 2 arguments": "a(x) if b(x, 1);\nb(x) if x.c;",
    "no rule `b`": "a(x) if b(x);",
    "semicolon": "a(x) if x.b",
    "not a rule": "a;",
}


@pytest.mark.parametrize("said", FOUND)
@pytest.mark.parametrize("before", ["", "b0(1);\n", "# cut, new; not\n", 'b0("# \\" ; cut");  # "\n', "\n\r\n  "])
def test_what_must_not_be_said_is_found(said: str, before: str):
    with pytest.raises(PolicyError, match=rf"some\.polar:\d+.*{said}"):
        text(before + FOUND[said])


@pytest.mark.parametrize(
    "rule",
    [
        "a(x) if x.b # comment\n and cut;",
        "a(x) if x.b and\tcut  ;",
        'a(x) if x.b = "#" and cut;',
        'a(x) if x.b = "\\"" and cut; # "',
        'a(x) if x.b = "\\\\" and cut;',
        'a(x) if x.b = ";" and cut;',
        "a(x) if (cut);",
        "a(x) if x.b or(cut)or x.c;",
        "a(x)if x.b and cut;",
        "b(1);a(x)if x.b and cut;b(2);",
        "a(x) if\n\n\n  x.b\n  and cut\n;",
    ],
)
def test_a_cut_does_not_hide(rule: str):
    with pytest.raises(PolicyError, match="cut"):
        text(rule)


@pytest.mark.parametrize(
    "rule",
    [
        'a(x) if x.b = "cut";',
        'a(x) if x.b = "new; print(1) not # debug";',
        "a(x) if x.b = 1;  # cut, new, not",
        "# cut;\n#\n# a(x) if not x;\n",
        "a(x) if x.cutter = 1 and x.renewed = 2 and x.nothing = 3;",
        "cutting(x) if x.b = 1;\na(x) if cutting(x);",
        'a(x) if x.b in ["x.y", "[", "a = b"];',
        "a(x) if x.b in [1, -2, true, nil];",
        "a(x, y) if x.b = y and y = 1 and 2 = x.c;",
        "a(x) if y = x.b and y = true and x.c = nil;",
        "a(x, _, _) if x.b != 1;",
        "a(x) if x.b and (x.c or x.d);",
        'a("x", "x");',
        "a(x) if b(x) and c(x);\nb(x) if c(x);\nc(x) if x.d;",
        "",
        "\n\n",
    ],
)
def test_what_only_looks_like_it_is_let_be(rule: str):
    assert text(rule).version


def test_a_rule_stands_where_it_begins():
    rules = text('# one\n\na(1); b(2);\n  c("x;\\"", 3)  # four; "\n  if a(1);\nd(\n4\n);').rules

    assert [(rule.file, rule.name, rule.line) for rule in rules if rule.file == "some.polar"] == [
        ("some.polar", "a", 3),
        ("some.polar", "b", 3),
        ("some.polar", "c", 4),
        ("some.polar", "d", 6),
    ]


@pytest.mark.parametrize(
    ("head", "arguments"),
    [
        ("a()", []),
        ("a(1)", ["1"]),
        ("a(x: Client, _, y.z.w)", ["x: Client", "_", "y.z.w"]),
        ('a("b, c", [1, "d)"], e)', ['"b, c"', '[1, "d)"]', "e"]),
        ('a("\\"", b) if c(d, e)', ['"\\""', "b"]),
    ],
)
def test_the_arguments_of_a_head(head: str, arguments: list[str]):
    assert head_arguments(head) == arguments


def test_another_text_is_another_version_and_the_order_of_files_is_none():
    one, other = {"a.polar": "a(1);", **VOCABULARY}, {"a.polar": "a(2);", **VOCABULARY}

    assert of_files(one).version != of_files(other).version
    assert of_files(one).version == of_files(dict(reversed(one.items()))).version


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"a("])
def test_a_folder_that_holds_no_policy_is_refused(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "vocabulary.polar").write_bytes(content)
    with pytest.raises(PolicyError):
        read_folder(tmp_path)
