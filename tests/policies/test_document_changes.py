"""`gateway documents check`: which shipped documents change their response, for which role, in which situation."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type

from gateway.documents.changes import changes
from gateway.documents.manifests import Shipped
from gateway.policy import Policy
from gateway.reads.declarations import is_declared
from gateway.schema.build import build_schema as executable
from gateway.schema.build import sdl
from tests.house.commands import run
from tests.policies.conftest import POLICIES

MANY: Final = 200
Compare = Callable[[str, str, str], list[tuple[str, str]]]


def fragments(schema: Any) -> list[Shipped]:
    """A document for each field of each type of node, and some that read several."""
    found = []
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or not is_declared(type_.name):
            continue
        if not any(interface.name == "Node" for interface in type_.interfaces):
            continue
        for name, field in type_.fields.items():
            if field.args and any(
                argument.name != "first" for argument in field.args.values() if argument.default_value
            ):
                continue
            target = get_named_type(field.type)
            inside = "" if not hasattr(target, "fields") else " { __typename }"
            found.append(
                Shipped(f"{type_.name}.{name}", f'{{ node(id: "x") {{ ... on {type_.name} {{ {name}{inside} }} }} }}')
            )
    return found


@pytest.fixture(scope="module")
def schema(policy: Policy) -> Any:
    return executable(policy)


@pytest.fixture(scope="module")
def documents(schema: Any) -> list[Shipped]:
    found = fragments(schema)
    assert len(found) >= MANY
    return found[:MANY] if any(each.id == "Client.contactEmail" for each in found[:MANY]) else found


@pytest.fixture
def compare(tmp_path: Path, policy: Policy, rows: Any, schema: Any, documents: list[Shipped]) -> Compare:
    def compared(file: str, old: str, new: str) -> list[tuple[str, str]]:
        folder = tmp_path / "policies"
        shutil.copytree(POLICIES, folder)
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
        return [(each.document.id, each.text) for each in changes(documents, policy, Policy.load(folder, rows), schema)]

    return compared


def test_one_cell_of_one_document_is_found_with_role_and_situation(compare: Compare) -> None:
    found = compare(
        "clients.polar",
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level = "full";',
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level in ["limited", "full"];',
    )

    assert {document for document, _ in found} == {"Client.plan", "Client.hiddenFields", "Client.visibleFields"}
    assert (
        "Client.plan",
        "FirmViewer(bookkeeper) gains Client.plan when assigned is true, collaboration_state is active or pending, level is limited",
    ) in found


def test_rows_that_are_lost_concern_each_document_that_reads_the_type(compare: Compare) -> None:
    found = compare("invoices.polar", "read(f: InvoiceFacts) if billing(f);", "")
    named = {document for document, _ in found}

    assert {"Invoice.number", "Invoice.lines", "Client.invoices"} <= named
    assert not named & {"Client.name", "Firm.name", "Collaboration.id"}
    assert {text.split()[0] for _, text in found} == {"SystemViewer(admin)"}


EQUIVALENT: Final = {
    "one rule as two": (
        "clients.polar",
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level = "full";',
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level = "full" and f.assigned;\n'
        'see(f: ClientFacts, "plan") if serves_client(f) and f.level = "full" and f.assigned = false;',
    ),
    "conditions in another order": (
        "invoices.polar",
        'fact(v: FirmViewer, "holder", i: Invoice, true) if i.billing_mode = "partner" and i.firm_id = v.firm_id;',
        'fact(v: FirmViewer, "holder", i: Invoice, true) if i.firm_id = v.firm_id and i.billing_mode in ["partner"];',
    ),
    "a fact that is written twice": (
        "invoices.polar",
        'fact(v: FirmViewer, "holder", i: Invoice, true) if i.billing_mode = "partner" and i.firm_id = v.firm_id;',
        'fact(v: FirmViewer, "holder", i: Invoice, true) if i.billing_mode = "partner" and i.firm_id = v.firm_id;\n'
        'fact(v: FirmViewer, "holder", j: Invoice, true) if v.firm_id = j.firm_id and j.billing_mode = "partner";',
    ),
}


@pytest.mark.parametrize("case", EQUIVALENT)
def test_an_equivalent_rewrite_changes_nothing(compare: Compare, case: str) -> None:
    assert compare(*EQUIVALENT[case]) == []


def test_a_word_that_a_field_shows_concerns_the_documents_that_read_it(
    tmp_path: Path, policy: Policy, rows: Any, schema: Any
) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    text = (folder / "accounts.polar").read_text("utf-8")
    changed = text.replace('"AUDIT"', '"STAFF"', 1)
    assert changed != text
    (folder / "accounts.polar").write_text(changed, "utf-8")
    documents = [Shipped("pages", "{ viewer { pages } }"), Shipped("clients", "{ clients(first: 1) { totalCount } }")]
    found = {each.document.id for each in changes(documents, policy, Policy.load(folder, rows), schema)}

    assert found == {"pages"}


def test_a_document_that_the_new_schema_does_not_allow_is_named(policy: Policy, schema: Any) -> None:
    wanted = build_schema(sdl().replace("totalCount:", "total:"))
    documents = [Shipped("counts", "{ clients(first: 1) { totalCount } }"), Shipped("pages", "{ viewer { pages } }")]
    (found,) = changes(documents, policy, policy, schema, wanted)

    assert found.document.id == "counts"
    assert "Cannot query field 'totalCount'" in found.text


def test_the_command_reads_manifests_and_fails_for_a_change(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"a": "{ clients(first: 1) { nodes { plan { tier } } } }"}', "utf-8")
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    same = run("gateway", "documents", "check", str(POLICIES), str(folder), "--manifest", str(manifest))
    path = folder / "clients.polar"
    path.write_text(
        path.read_text("utf-8").replace(
            '"plan") if serves_client(f) and f.level = "full"', '"plan") if serves_client(f)', 1
        ),
        "utf-8",
    )
    other = run("gateway", "documents", "check", str(POLICIES), str(folder), "--manifest", str(manifest))

    assert (same.returncode, same.stdout) == (0, "No response of 1 documents changes.\n")
    assert other.returncode == 1
    assert "a: FirmViewer(admin) gains Client.plan when" in other.stdout
