"""Introspection shows the profile of the caller's kind; documents are validated against the whole schema."""

from typing import Final

from graphql import build_client_schema, get_introspection_query

from tests.graph.conftest import Ask

TYPES: Final = "{ __schema { types { name } mutationType { fields { name } } } }"
MAIL: Final = "{ clients(first: 3) { nodes { contactEmail } } }"


async def names(ask: Ask, who: str) -> tuple[set[str], set[str]]:
    data = (await ask.data(who, TYPES))["__schema"]
    return {each["name"] for each in data["types"]}, {each["name"] for each in data["mutationType"]["fields"]}


async def test_each_kind_of_viewer_is_shown_its_part(ask: Ask) -> None:
    (of_firm, does_firm), (of_nobody, does_nobody) = await names(ask, "ada"), await names(ask, "anonymous")
    _, does_platform = await names(ask, "pia")

    assert {"Client", "Invoice"} <= of_firm
    assert not {"Client", "Invoice", "Collaboration"} & of_nobody
    assert "inviteClient" in does_firm
    assert "signUpFirm" in does_nobody
    assert "inviteClient" not in does_nobody
    assert "decideVerification" in does_platform - does_firm


async def test_no_way_of_introspection_leads_to_the_rest(ask: Ask) -> None:
    asked = """{ client: __type(name: "Client") { name fields { name } }
      node: __type(name: "Node") { possibleTypes { name fields { name } } }
      query: __type(name: "Query") { fields { name type { name ofType { name fields { name } } } } } }"""
    answer = await ask("anonymous", asked)

    assert answer.data["client"] is None
    assert {each["name"] for each in answer.data["node"]["possibleTypes"]} == {"FirmProfile"}
    assert "clients" not in answer.text
    assert "contactEmail" not in answer.text


async def test_introspection_beside_data_shows_the_same_part(ask: Ask) -> None:
    answer = await ask("ben", '{ viewer { menus } __type(name: "Mutation") { fields { name } } }')

    assert answer.data["viewer"]["menus"]
    assert "decideVerification" not in {each["name"] for each in answer.data["__type"]["fields"]}


async def test_what_is_not_in_the_profile_stays_valid_and_is_hidden_with_its_reason(ask: Ask) -> None:
    shown = build_client_schema(await ask.data("firm-sync", get_introspection_query()))
    answer = await ask("firm-sync", MAIL)

    assert "contactEmail" not in shown.type_map["Client"].fields  # type: ignore[attr-defined]
    assert answer.codes == ["FIELD_NOT_PERMITTED"]
    assert {node["contactEmail"] for node in answer.data["clients"]["nodes"]} == {None}


async def test_tools_build_their_schema_from_a_profile(ask: Ask) -> None:
    for who in ("ada", "cora", "pia", "billing", "firm-sync", "shop-sync", "anonymous"):
        built = build_client_schema(await ask.data(who, get_introspection_query(descriptions=True)))
        assert built.query_type is not None
