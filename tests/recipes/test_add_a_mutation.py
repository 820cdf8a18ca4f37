"""A mutation: `changeName`, by which a person of a company changes the own name. Each forgotten step is refused by name."""

from typing import Final

import pytest

from tests.recipes.working_copy import ROOT, Step, WorkingCopy, files

RESOLVER: Final = '''"""The name of a person, which the person changes."""

from typing import Any

import sqlalchemy as sa

from gateway.auth.viewers import ClientViewer
from gateway.context import Info
from gateway.db.models import User
from gateway.errors import Forbidden
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.refusals import NOT_YOURS
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.clients.inputs import ChangeNameInput
from gateway.text.keys import sort_key


async def change_name(info: Info, input: ChangeNameInput) -> Any:
    async def work(change: MutationContext) -> dict[str, Any]:
        viewer = change.context.viewer
        if not isinstance(viewer, ClientViewer):
            raise Forbidden(NOT_YOURS)
        member = await change.authorize("ClientMember", viewer.member_id, "CHANGE_NAME")
        name = input.name
        written = sa.update(User).where(User.id == viewer.user_id).values(name=name, name_key=sort_key(name))
        await change.connection.execute(written)
        return {"member": Node("ClientMember", member.id)}

    return await run_mutation(info, work)
'''
INPUT_TYPE: Final = """@strawberry.input(description="The new name of the caller.")
class ChangeNameInput:
    name: str = entry(check=checks.name(), description="The name, in 1 to 100 characters.")


"""
PAYLOAD: Final = """@strawberry.type(description="The result of `changeName`.")
class ChangeNamePayload(Carrier):
    member: ClientMember | None = leaf("The caller.")


"""
MAY: Final = """
# Whoever is in a company changes their own name, except the owner, whose name was verified with the company (D52).
may(f: ClientMemberFacts, "CHANGE_NAME") if f.side = "client" and f.self and f.current and f.member_role in ["admin", "member"];
"""
REFUSES: Final = """\
refuses(f: ClientMemberFacts, "CHANGE_NAME", "NAME_VERIFIED") if f.side = "client" and f.self and f.member_role = "owner";
refuses(f: ClientMemberFacts, "CHANGE_NAME", "FOREIGN") if f.side = "client" and f.self = false;
"""
MESSAGE: Final = """
[NAME_VERIFIED]
en = "The name of the owner was verified with the company."
de = "Der Name der Inhaberin oder des Inhabers wurde mit dem Unternehmen geprüft."
es = "El nombre del propietario se verificó con la empresa."
sv = "Ägarens namn verifierades tillsammans med företaget."
da = "Ejerens navn blev verificeret sammen med virksomheden."
"""
TABLE_OF_MEMBERS: Final = """\
    if member_column(viewer, facts) == "CM self":
        return ["CHANGE_NAME"] * (facts["member_role"] != "owner")
"""
TABLE_OF_ADMINS: Final = """\
    changed += ["CHANGE_NAME"] * (facts["self"] and facts["member_role"] != "owner")
"""
TABLE_OF_REFUSALS: Final = """\
    is_person = member_column(viewer, facts) in ("CO", "CM self")
    if is_person and (facts["member_role"] == "owner" or not facts["self"]):
        colleague |= {"CHANGE_NAME": "NAME_VERIFIED" if facts["self"] else "FOREIGN"}
"""
TRIED: Final = """\
        "CHANGE_NAME": lambda at: [{"name": "Another"}] * (getattr(at.caller.viewer, "member_id", None) == at.key),
"""
HEADER: Final = """\
    "ChangeNameInput.name": lambda ask, evil: ask(
        "emil", "mutation ($name: String!) { changeName(input: {name: $name}) { member { id } } }", name=evil
    ),
"""

# 1: the policy
ALLOWED: Final = Step("policies/clients.polar", MAY, 'and f.current and f.self = false and f.member_role = "admin";\n')
REFUSED: Final = Step("policies/refusals.polar", REFUSES, '"OWNS") if erases(f) and f.member_role = "owner";  # D52\n')
# 2: the text of the new word
WORD: Final = Step(
    "gateway/messages/state.toml",
    MESSAGE,
    "# Values in braces are filled in, such as {most}.\n",
)
# 3 to 6: the input, the action, the payload with the field, the resolver
INPUT: Final = Step(
    "gateway/schema/clients/inputs.py", INPUT_TYPE + 'NAME = "The new name', replaced='NAME = "The new name'
)
ACTION: Final = Step("gateway/schema/core/actions.py", '    "CHANGE_NAME",\n', '    "CHANGE_MEMBER_ROLE",\n')
FIELD: Final = (
    Step("gateway/schema/clients/mutations.py", "import assignments, members, own_name, verification",
         "from gateway.resolvers.clients ", replaced="import assignments, members, verification"),
    Step("gateway/schema/clients/mutations.py", PAYLOAD, 'company with its present members; null if the viewer has left it.")\n\n\n'),
    Step("gateway/schema/clients/mutations.py",
         '    change_name: ChangeNamePayload | None = via(own_name.change_name, "Change the name of the caller.")\n',
         "@strawberry.type\nclass Members:\n"),
)  # fmt: skip
RESOLVED: Final = Step("gateway/resolvers/clients/own_name.py", RESOLVER)
# 7: the table
MAY_OF_TABLE: Final = (
    Step("tests/policies/tables/members.py", TABLE_OF_MEMBERS, '!= "owner")  # M3, D52, D63\n'),
    Step("tests/policies/tables/members.py", TABLE_OF_ADMINS, 'if facts["member_role"] != "owner" else []\n'),
)
REFUSES_OF_TABLE: Final = Step("tests/policies/tables/members.py", TABLE_OF_REFUSALS, 'if facts["insider"] else owns\n')
# 8 to 10: inputs to try, no id, a name
INPUTS: Final = Step("tests/support/action_inputs.py", TRIED, '    "ClientMember": {\n')
WITHOUT_ID: Final = Step("tests/graph/proofs/test_blind_changes.py", ' "changeName",', '"renameCompany",')
NAME: Final = Step("tests/graph/core/test_header_text.py", HEADER, "FIELDS: Final[dict[str, Send]] = {\n")
STEPS: Final = (
    ALLOWED, REFUSED, WORD, INPUT, ACTION, *FIELD, RESOLVED, *MAY_OF_TABLE, REFUSES_OF_TABLE, INPUTS, WITHOUT_ID, NAME,
)  # fmt: skip

MATRIX: Final = "test_every_tuple_of_facts_gets_what_the_table_says[ClientViewer-admin-ClientMember]"
WORDS: Final = "test_every_word_of_a_refusal_has_its_text"
TRIES: Final = "test_every_action_has_inputs_to_try"
OFFERED: Final = "test_an_action_is_offered_exactly_when_it_would_change_something[ClientMember]"
BLIND: Final = "test_every_other_mutation_names_nothing"
NAMES: Final = "test_each_name_and_address_of_an_input_is_tried_here"
OF_POLICY: Final = "test_the_actions_are_those_of_the_policy_and_each_is_a_mutation"
OF_GRAPH: Final = "test_each_action_of_the_graph_is_a_mutation"
MODULES: Final = {
    MATRIX: "tests/policies/test_matrix.py",
    WORDS: "tests/policies/test_matrix.py",
    TRIES: "tests/graph/core/test_offered_actions.py",
    OFFERED: "tests/graph/core/test_offered_actions.py",
    BLIND: "tests/graph/proofs/test_blind_changes.py",
    NAMES: "tests/graph/core/test_header_text.py",
    OF_POLICY: "tests/graph/core/test_schema.py",
    OF_GRAPH: "tests/graph/core/test_actions.py",
}
FORGOTTEN: Final = {
    "what is decided": (
        (ALLOWED, REFUSED),
        {
            OFFERED: ["an action that succeeds nowhere", "'CHANGE_NAME'"],
            MATRIX: ["may gains [], loses ['CHANGE_NAME']", "refuses CHANGE_NAME: None, not FOREIGN"],
            TRIES: ["'CHANGE_NAME'"],
        },
    ),
    "what is listed": (
        (ACTION, INPUTS, WORD, *MAY_OF_TABLE, REFUSES_OF_TABLE, WITHOUT_ID, NAME),
        {
            OF_POLICY: ["'CHANGE_NAME'"],
            TRIES: ["'CHANGE_NAME'"],
            WORDS: ["'NAME_VERIFIED'"],
            MATRIX: ["may gains ['CHANGE_NAME']", "refuses CHANGE_NAME: FOREIGN, not None"],
            BLIND: ["'changeName'"],
            NAMES: ["'ChangeNameInput.name'"],
        },
    ),
    "the field": (FIELD, {OF_GRAPH: ["'changeName'"]}),
}
"""Steps of which none hides another, and what the checks that `docs/contributing.md` gives for them print without them."""
IMPORTED: Final = {"the input": (INPUT, "ChangeNameInput"), "the resolver": (RESOLVED, "own_name")}


def of(*names: str) -> list[str]:
    return [f"{MODULES[name]}::{name}" for name in names]


@pytest.fixture(scope="module")
def copy_of_project(tmp_path_factory: pytest.TempPathFactory) -> WorkingCopy:
    copy = WorkingCopy(tmp_path_factory.mktemp("mutation"))
    copy.take(*STEPS)
    return copy


def test_it_takes_one_new_file_and_six_edited_ones() -> None:
    new, edited = files(STEPS)
    tests = {step.path for step in STEPS if not step.is_production}

    assert len(new) <= 1
    assert len(edited) <= 6
    assert len(tests) <= 4  # and a test of its own


def test_it_changes_what_it_should_and_refuses_others(copy_of_project: WorkingCopy, server_url: str) -> None:
    code, said = copy_of_project.test("change_name", server_url, *of(*MODULES))

    assert code == 0, said


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_step_is_named_by_its_check(copy_of_project: WorkingCopy, server_url: str, name: str) -> None:
    steps, checks = FORGOTTEN[name]
    with copy_of_project.forgetting(*steps):
        failures = copy_of_project.failures(*of(*checks), database_url=server_url)

    assert failures.keys() == checks.keys()
    for check, named in checks.items():
        assert [each for each in named if each not in failures[check]] == [], failures[check]


@pytest.mark.parametrize("name", IMPORTED)
def test_a_forgotten_part_is_named_by_the_import(copy_of_project: WorkingCopy, name: str) -> None:
    step, named = IMPORTED[name]
    with copy_of_project.forgetting(step):
        code, said = copy_of_project.run("-c", "import gateway.schema.mutation")

    assert code != 0
    assert "ImportError" in said
    assert named in said.splitlines()[-1]


def test_a_schema_that_was_not_generated_again_is_named(copy_of_project: WorkingCopy) -> None:
    """The matrix is checked in the same way: `test_add_a_rule.py`."""
    file = ROOT / "schema.graphql"
    code, said = copy_of_project.gateway("schema", "--check", "--file", str(file))

    assert code == 1
    assert said.startswith(f"{file} is not the schema of this code: write it again with `gateway schema`")
