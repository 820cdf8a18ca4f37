"""A mail: `ACCESS_REQUEST_DISMISSED`, to both sides. Its cause, its rule, its texts and its table are each missed by name."""

from typing import Final

import pytest

from tests.mail.conftest import PORTAL, SEALING_KEY
from tests.recipes.working_copy import Step, WorkingCopy, files

KIND: Final = "ACCESS_REQUEST_DISMISSED"
CAUSE: Final = Step(
    "gateway/resolvers/collaborations/access.py",
    f'        await change.notice("{KIND}", collaboration_id=row.id)\n',
    "        await note(change, row, requested_level=None, request_message=None)\n",
)
RULE: Final = Step(
    "policies/collaborations.polar",
    f'notify(f: CollaborationFacts, "{KIND}") if is_party(f) and f.state = "active";  # D64\n',
    'notify(f: CollaborationFacts, "ACCESS_REQUEST")          if is_client_admin(f) and f.state = "active";'
    "                                      # H39\n",
)
TEXTS: Final = {
    "en": (
        "The request for access to {client} was dismissed",
        "{client} has dismissed the request of {firm} for access. The access stays as it is.",
        "Open the collaboration",
    ),
    "de": (
        "Die Anfrage nach Zugriff auf {client} wurde abgewiesen",
        "{client} hat die Anfrage von {firm} nach Zugriff abgewiesen. Der Zugriff bleibt, wie er ist.",
        "Zusammenarbeit öffnen",
    ),
    "da": (
        "Anmodningen om adgang til {client} er afvist",
        "{client} har afvist anmodningen fra {firm} om adgang. Adgangen er den samme som før.",
        "Åbn samarbejdet",
    ),
    "es": (
        "La solicitud de acceso a {client} se ha rechazado",
        "{client} ha rechazado la solicitud de acceso de {firm}. El acceso sigue como estaba.",
        "Abrir la colaboración",
    ),
    "sv": (
        "Begäran om åtkomst till {client} har avvisats",
        "{client} har avvisat begäran från {firm} om åtkomst. Åtkomsten är densamma som tidigare.",
        "Öppna samarbetet",
    ),
}
"""Subject, paragraph and link, by language."""
NEXT: Final = {"firm": "[KPI_SHARING_CHANGED.firm]\n", "client": "[ACCESS_CHANGED.firm]\n"}
"""The text before which that of a side is written."""


def text(locale: str, side: str) -> Step:
    subject, paragraph, link = TEXTS[locale]
    written = f'[{KIND}.{side}]\nsubject = "{subject}"\nparagraphs = ["{paragraph}"]\nlink = "{link}"\n\n'
    return Step(f"gateway/mail/texts/{locale}.toml", written + NEXT[side], replaced=NEXT[side])


WRITTEN: Final = {(locale, side): text(locale, side) for locale in TEXTS for side in ("firm", "client")}
PRIORITY: Final = Step("gateway/db/queries/jobs.py", f'        "{KIND}",\n', "INTERACTIVE: Final = frozenset(\n    {\n")
TABLE: Final = Step(
    "tests/policies/tables/collaboration.py",
    f"{KIND} | ✘ | ✘ | ✘ | ✔ | ✘ | ✘ | ✘ | ✘ | ✘ | ✔ | ✘ | ✘ | ✘ | D64\n",
    "ACCESS_REQUEST          | ✘      | ✘       | ✘        | ✘         | ✘     | ✘         "
    "| ✘      | ✘       | ✘        | ✔         | ✘     | ✘ | ✘ | H39\n",
)
STEPS: Final = (CAUSE, RULE, *WRITTEN.values(), PRIORITY, TABLE)

WORDS: Final = "test_there_are_words_for_everything_that_the_policy_tells"
TOLD: Final = "test_the_policy_tells_everything_that_there_are_words_for"
CAUSED: Final = "test_everything_that_there_are_words_for_has_a_cause"
MATRIX: Final = "test_every_tuple_of_facts_gets_what_the_table_says[ClientViewer-owner-Collaboration]"
MODULES: Final = {
    WORDS: "tests/mail/test_content.py",
    TOLD: "tests/mail/test_content.py",
    CAUSED: "tests/mail/test_content.py",
    MATRIX: "tests/policies/test_matrix.py",
}
NO_TEXT: Final = WRITTEN["sv", "firm"]
MISSING_TEXT: Final = f"sv: no text {KIND}.firm."
FORGOTTEN: Final = {
    "the cause, a text and the table": (
        (CAUSE, NO_TEXT, TABLE),
        {
            CAUSED: [f"'{KIND}'"],
            WORDS: [MISSING_TEXT],
            MATRIX: [f"notify gains ['{KIND}']"],
        },
    ),
    "the recipients": ((RULE,), {TOLD: [f"'{KIND}'", "'firm'", "'client'"], MATRIX: [f"loses ['{KIND}']"]}),
}
"""Steps of which none hides another, and what the checks that `docs/contributing.md` gives for them print without them."""
WORKER: Final = {
    "GATEWAY_SEALING_KEY": SEALING_KEY,
    "GATEWAY_SMTP_URL": "smtp+plain://localhost:9",
    "GATEWAY_MAIL_FROM": "portal@portal.example",
    "GATEWAY_PORTAL_URL": PORTAL,
}


def of(*names: str) -> list[str]:
    return [f"{MODULES[name]}::{name}" for name in names]


@pytest.fixture(scope="module")
def copy_of_project(tmp_path_factory: pytest.TempPathFactory) -> WorkingCopy:
    copy = WorkingCopy(tmp_path_factory.mktemp("mail"))
    copy.take(*STEPS)
    return copy


def test_it_takes_no_new_file_and_eight_edited_ones() -> None:
    new, edited = files(STEPS)

    assert len(new) == 0
    assert len(edited) <= 8  # five of them are the languages


def test_it_reaches_a_mail_server(copy_of_project: WorkingCopy, server_url: str) -> None:
    code, said = copy_of_project.test("dismissed", server_url, *of(*MODULES))

    assert code == 0, said


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_step_is_named_by_its_check(copy_of_project: WorkingCopy, name: str) -> None:
    steps, checks = FORGOTTEN[name]
    with copy_of_project.forgetting(*steps):
        failures = copy_of_project.failures(*of(*MODULES))

    assert failures.keys() == checks.keys()
    for check, named in checks.items():
        assert [each for each in named if each not in failures[check]] == [], failures[check]


def test_the_worker_does_not_start_without_a_text(copy_of_project: WorkingCopy, database_url: str) -> None:
    with copy_of_project.forgetting(NO_TEXT):
        code, said = copy_of_project.gateway("worker", database_url=database_url, **WORKER)

    assert code == 1
    assert MISSING_TEXT in said
