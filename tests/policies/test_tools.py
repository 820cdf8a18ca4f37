"""`gateway policy`: what its commands say."""

import shutil
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.app import load_policy
from gateway.policy import Policy, PolicyError
from gateway.policy.check import require_complete
from gateway.policy.diff import lines
from gateway.policy.explain import requirements
from gateway.policy.field_groups import warnings
from gateway.policy.matrix import ABSENT, Matrix, matrix_of
from gateway.policy.matrix_pages import html, markdown
from gateway.schema.build import declared, shape
from tests.house.commands import run
from tests.policies.conftest import POLICIES
from tests.policies.tables import TABLES
from tests.policies.tables.grid import VIEWERS, Facts, Table
from tests.policies.tables.judge import leaves


@pytest.fixture(scope="module")
def matrix(policy) -> Matrix:
    return matrix_of(policy, POLICIES)


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder


def test_a_diff_names_who_gains_what_and_when(tmp_path, policy, rows):
    folder = changed(
        tmp_path,
        "clients.polar",
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level = "full";',
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level in ["limited", "full"];',
    )

    said = list(lines(policy, Policy.load(folder, rows)))

    assert said == [
        "FirmViewer(admin) gains Client.plan when collaboration_state is active or pending, level is limited",
        "FirmViewer(bookkeeper) gains Client.plan when assigned is true, collaboration_state is active or pending, level is limited",
    ]


def test_a_diff_names_who_loses_rows(tmp_path, policy, rows):
    folder = changed(tmp_path, "invoices.polar", "read(f: InvoiceFacts) if billing(f);", "")

    said = list(lines(policy, Policy.load(folder, rows)))

    assert "SystemViewer(admin) loses Invoice rows" in said
    assert {line.split()[0] for line in said} == {"SystemViewer(admin)"}


def test_a_diff_names_the_facts_that_hold_of_other_rows(tmp_path, policy, rows):
    folder = changed(tmp_path, "invoices.polar", 'i.billing_mode = "partner" and', 'i.billing_mode = "client" and')

    (said,) = lines(policy, Policy.load(folder, rows))

    assert said.startswith("FirmViewer: the fact Invoice.holder holds for other rows")
    assert "it was billing_mode is partner and firm_id = viewer.firm_id" in said
    assert "it is billing_mode is client and firm_id = viewer.firm_id" in said


def test_a_situation_may_suppose_any_fact(policy):
    """One of a user is named `self`."""
    plan = policy.plan_for("FirmViewer", "admin", "User")

    assert plan.supposed(self=True) == (True,)
    assert plan.supposed() == (False,)


def test_a_policy_differs_from_itself_in_nothing(policy):
    assert list(lines(policy, policy)) == []


def test_a_diff_says_when_only_the_reason_changes(tmp_path, policy, rows):
    folder = changed(
        tmp_path,
        "clients.polar",
        'hidden_because(f: ClientFacts, "contactEmail", "ROLE") if f.side = "firm";',
        'hidden_because(f: ClientFacts, "contactEmail", "PLAN") if f.side = "firm";',
    )

    said = list(lines(policy, Policy.load(folder, rows)))

    assert said
    assert all(
        "FirmViewer(bookkeeper) gets another reason: Client.contactEmail is hidden for PLAN, not ROLE" in line
        for line in said
    )


def test_a_rule_that_another_makes_needless_changes_no_answer(tmp_path, policy, rows):
    because = 'hidden_because(f: FirmFacts, _, "ROLE") if '
    between = 'hidden_because(f: FirmFacts, "clientCount", "ENDED") if f.side = "nobody";'
    new = f'{because}f.side = "firm" and f.tried;\n{between}\n{because}'
    folder = changed(tmp_path, "firms.polar", because, new)
    needless = Policy.load(folder, rows)
    plan = needless.plan_for("FirmViewer", "staff", "Firm")

    assert "tried" in plan.order  # asked by the needless rule alone
    for tried in (False, True):
        key = tuple(tried if name == "tried" else plan.declared[name].domain[-1] for name in plan.order)
        assert plan.reason(key, "clientCount") == "ROLE"
    assert list(lines(policy, needless)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("clients.polar", '"verificationState", "contactEmail"', '"contactEmail"', None),
        ("kpis.polar", 'field in ["kind", "count",', 'field in ["count",', "KpiSnapshot.kind: no rule shows it"),
        ("kpis.polar", '["kind", "count",', '["kind", "weight", "count",', "the graph does not have it"),
        (
            "clients.polar",
            'hidden_because(f: ClientFacts, _, "PLAN")',
            'hidden_because(f: ClientFacts, "plan", "PLAN")',
            "without a reason",
        ),
        (
            "clients.polar",
            'hidden_because(f: ClientFacts, _, "LEVEL") if f.side = "firm" and f.level = "limited";',
            'hidden_because(f: ClientFacts, _, "LEVEL") if f.side = "firm" and f.level = "limited" and "WALLET" in f.sections;\n'
            'hidden_because(f: ClientFacts, _, "PLAN") if f.side = "firm" and f.level = "limited";',
            "rests on facts that the viewer may not know: sections",
        ),
        (
            "firms.polar",
            'see(f: FirmFacts, field) if read(f) and field in ["id", "name", "viewerActions"];',
            'see(f: FirmFacts, "id") if read(f);\nsee(f: FirmFacts, "name") if platform(f);',
            "must be nullable",
        ),
        (
            "vocabulary.polar",
            'facts("Firm", "is_own_org", ',
            'facts("Firm", "idle", [false, true]);\nfacts("Firm", "is_own_org", ',
            "no rule derives the fact Firm.idle",
        ),
        ("firms.polar", 'grounds("Firm", "name",', 'grounds("Firm", "nom",', "Firm.name: no statement grounds it"),
        ("clients.polar", 'f.level = "full";', 'f.level = "ful";', "level is never 'ful'"),
    ],
)
def test_an_incomplete_policy_is_not_put_in_force(tmp_path, file, old, new, problem):
    folder = changed(tmp_path, file, old, new)

    if problem is None:
        load_policy(folder)
        return
    with pytest.raises(PolicyError, match=problem.replace("(", r"\(")):
        load_policy(folder)


def test_a_type_without_rules_is_marked_as_a_carrier_or_refused(policy):
    fields = shape(declared())

    assert fields.keys() == set(policy.types)
    with pytest.raises(PolicyError, match="Receipt: no rule decides this type, and it is not marked as a carrier"):
        require_complete(policy, {**fields, "Receipt": {"number": False}})


def test_a_field_that_one_role_lacks_of_a_group_is_a_warning(tmp_path, policy, rows):
    assert list(warnings(policy)) == []

    section = 'field_section("wallet",        "WALLET");'
    folder = changed(tmp_path, "clients.polar", section, f'field_section("country", "COMPANY");\n{section}')
    country = 'see(f: ClientFacts, "country") if read(f) and f.side in ["firm", "client",'
    (folder / "clients.polar").write_text(
        (folder / "clients.polar").read_text("utf-8").replace(country, country.replace('"client",', "")), "utf-8"
    )
    found = list(warnings(Policy.load(folder, rows)))

    assert any("ClientViewer(owner) sees all fields of this group but Client.country" in line for line in found)


def test_a_withheld_field_that_no_group_shows_is_a_warning(tmp_path, rows):
    wallet = 'withheld("Client", "wallet",        "PlatformViewer");'
    needless = 'withheld("Client", "name", "FirmViewer");'
    folder = changed(tmp_path, "vocabulary.polar", wallet, f"{wallet}\n{needless}")

    (warning,) = warnings(Policy.load(folder, rows))
    assert warning.startswith('vocabulary.polar: withheld("Client", "name", "FirmViewer"): no group')


def test_the_matrix_cannot_be_printed_with_a_column_left_out(tmp_path, policy):
    text = (POLICIES / "matrix.toml").read_text("utf-8")
    start = text.index('  { name = "Firm admin, NONE"')
    folder = changed(tmp_path, "matrix.toml", text[start : text.index("\n", start) + 1], "")

    with pytest.raises(PolicyError, match="Client: no column for FirmViewer"):
        matrix_of(policy, folder)


def test_the_least_that_would_open_a_field_is_named(policy):
    plan = policy.plan_for("FirmViewer", "admin", "Client")
    facts = {
        "collaboration_state": "active",
        "origin": "marketplace",
        "assigned": False,
        "approved": True,
        "level": "none",
    }
    key = tuple(facts.get(name, 0) for name in plan.order)

    assert requirements(plan.situation(key), "kpis") == [("level", "limited")]
    assert requirements(plan.situation(key), "wallet") == [("level", "full")]
    assert requirements(plan.situation(key), "name") == []


def test_check_names_the_fault_in_one_line_and_no_traceback(tmp_path):
    folder = changed(
        tmp_path,
        "clients.polar",
        'tab(f: ClientFacts, "ALL")',
        'tab(f: ClientFacts, "ALL") if not f.is_own_org; tab(f: ClientFacts, "ALL")',
    )

    said = run("gateway", "policy", "check", "--folder", str(folder))

    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr.startswith("clients.polar:")
    assert "Traceback" not in said.stderr


def _values(facts: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: value if isinstance(value, list) else [value] for name, value in facts.items()}


def _columns_met(table: Table, viewer: str, wanted: dict[str, dict[str, list[Any]]], facts: Facts) -> list[str]:
    if table.column_of(viewer, facts) is None:
        return []
    return [name for name, values in wanted.items() if all(facts[fact] in values[fact] for fact in values)]


@pytest.mark.parametrize("type_name", TABLES)
def test_a_column_of_the_page_is_empty_only_where_the_typed_table_has_no_row(policy, matrix, type_name):
    laid = tomllib.loads((POLICIES / "matrix.toml").read_text("utf-8"))[type_name]
    (sheet,) = [sheet for sheet in matrix.sheets if sheet.type_name == type_name]
    table = TABLES[type_name]
    expected = dict.fromkeys((column["name"] for column in laid["columns"]), False)
    for kind, role in {(column["kind"], column["role"]) for column in laid["columns"]}:
        mine = [column for column in laid["columns"] if (column["kind"], column["role"]) == (kind, role)]
        wanted = {column["name"]: _values(column["facts"]) for column in mine}
        met = partial(_columns_met, table, VIEWERS[kind, role], wanted)
        for _, names in leaves(policy.plan_for(kind, role, type_name), met):
            expected |= dict.fromkeys(names, True)
    shown = {name: True for side in sheet.sides for name in side.columns}
    absent = {name: False for side in sheet.sides for name in side.absent}

    assert shown | absent == expected
    assert all(ABSENT not in line.marks for side in sheet.sides for line in side.fields)


def test_both_pages_have_every_line_of_the_matrix(matrix):
    text, page = markdown(matrix), html(matrix)
    lines = [
        line
        for sheet in matrix.sheets
        for side in sheet.sides
        if side.columns
        for line in (*side.fields, *side.actions)
    ]

    assert text.count("\n| `") == page.count('<th scope="row">') == len(lines) > 400
    assert max(len(line.split(" | ")) for line in text.splitlines()) <= 14
    assert page.count("NONCE") == 2
    assert f'content="{matrix.version}"' in page
    assert "http" not in page
