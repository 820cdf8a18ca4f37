"""A field of an existing type: `Client.vatNumber`, visible as `companyNumber`. Each forgotten step is refused by name."""

from typing import Final

import pytest

from tests.recipes.working_copy import Step, WorkingCopy, files

MIGRATION: Final = '''"""The VAT number of a client."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "9001"
down_revision: Final = "{head}"


def upgrade() -> None:
    op.add_column("client", sa.Column("vat_number", sa.Text))
'''
COLUMN: Final = Step(
    "gateway/db/models/clients.py", "    vat_number: Mapped[str | None]\n", "    company_number: Mapped[str | None]\n"
)
MIGRATED: Final = Step("gateway/db/migrations/versions/9001_vat_number.py", MIGRATION)
LEAF: Final = Step(
    "gateway/schema/clients/types.py",
    '    vat_number: str | None = leaf("The company\'s VAT number.", values.text(models.Client.vat_number))\n',
    '    address: str | None = leaf("The company\'s address.", values.text(models.Client.address))\n',
)
RULE: Final = Step("policies/clients.polar", '"vatNumber", ', "company_data(field) if field in [")
STEPS: Final = (COLUMN, MIGRATED, LEAF, RULE)
FORGOTTEN: Final = {
    "the column": (COLUMN, "policy check", "has no attribute 'vat_number'"),
    "the migration": (MIGRATED, "migrate", "No migration adds client.vat_number."),
    "the leaf": (LEAF, "policy check", "Client.vatNumber"),
    "the rule": (RULE, "policy check", "Client.vatNumber"),
}
"""Each step, the command that refuses to go on without it, and what it names."""


@pytest.fixture(scope="module")
def copy_of_project(tmp_path_factory: pytest.TempPathFactory) -> WorkingCopy:
    copy = WorkingCopy(tmp_path_factory.mktemp("field"))
    for step in STEPS:
        copy.take(step)
    return copy


def test_it_takes_three_files_and_one_place_in_the_policy() -> None:
    new, edited = files(STEPS)

    assert len([path for path in new + edited if not path.endswith(".polar")]) <= 3
    assert len([step for step in STEPS if step.path.endswith(".polar")]) <= 1


def test_the_field_is_decided_and_read(copy_of_project: WorkingCopy, server_url: str) -> None:
    code, said = copy_of_project.test("vat_number", server_url)

    assert code == 0, said


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_step_is_refused_by_name(copy_of_project: WorkingCopy, empty_database: str, name: str) -> None:
    step, command, named = FORGOTTEN[name]
    copy_of_project.undo(step)
    try:
        code, said = copy_of_project.gateway(*command.split(), database_url=empty_database)
    finally:
        copy_of_project.take(step)

    assert code != 0
    assert named in " ".join(said.split())
