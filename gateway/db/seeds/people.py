"""The people and machines that can sign in to the demo world: one for each role, and some for special cases."""

from typing import Final, Literal, NamedTuple

DEMO_PASSWORD: Final = "look-around-2026"  # noqa: S105 - public: the demo world has no secrets


class Person(NamedTuple):
    """A person with the demo password. `what` is one sentence that helps to choose a person for the demo."""

    handle: str
    email: str
    name: str
    locale: str
    what: str


class Machine(NamedTuple):
    """An integration token with a public text. `organisation` is None for the platform."""

    handle: str
    token: str
    name: str
    scope: str
    organisation: str | None
    maker: str


MACHINES: Final = (
    Machine("billing", "gwt_demo_billing_1f6c0b7a93e24d58", "Billing run", "billing:write", None, "pia"),
    Machine("firm-sync", "gwt_demo_firm_sync_7d2e94c1a0b35f68", "Practice software", "clients:read", "F", "ada"),
    # Ben created it when he was an admin. It can read what he may read today (D41).
    Machine("ben-sync", "gwt_demo_ben_sync_c83a51f60d9e7b24", "Ben's calendar", "clients:read", "F", "ben"),
    Machine("shop-sync", "gwt_demo_shop_sync_05b7e2d8c41f963a", "Web shop", "clients:read", "C1", "cora"),
)
"""Machines of the demo world (D26)."""


class Place(NamedTuple):
    """A person's membership in an organisation."""

    person: str
    role: str
    organisation: str
    owner: bool = False


F: Final = "havlygte-revision.example"
G: Final = "steinfirn-treuhand.example"

PEOPLE: Final = (
    Person("ada", f"ada@{F}", "Ada Nørgård", "da", "Administers firm F and sees all of its clients."),
    Person("ben", f"ben@{F}", "Ben Kjærgaard", "da", "Keeps books at F, for C1 and C2 only."),
    Person("bo", f"bo@{F}", "Bo Lindqvist", "sv", "Keeps books at F, for C1 and C3."),
    Person("hedda", f"hedda@{F}", "Hedda Zürcher", "de", "Keeps books at F, for C5, and owns C3: two memberships."),
    Person("finn", f"finn@{F}", "Finn Østergaard", "da", "Works at F as staff, without access to clients."),
    Person("gus", f"gus@{G}", "Gus Aebischer", "de", "Administers firm G, which took over C4 from F."),
    Person("hugo", "hugo@norrdunge-ekonomi.example", "Hugo Sjöblad", "sv", "Administers firm H, which is applying."),
    Person("cora", "cora@aeroe-tovvaerk.example", "Cora Aagaard", "da", "Owns C1: full access to F, pays herself."),
    Person("emil", "emil@aeroe-tovvaerk.example", "Emil Rask", "da", "Member of C1 without administrative rights."),
    Person("dag", "dag@bjorkdunge-bageri.example", "Dag Åkerlund", "sv", "Owns C2: limited access to F."),
    Person("mila", "mila@bjorkdunge-bageri.example", "Mila Öhrn", "sv", "Administers C2 without owning it."),
    Person("elena", "elena@talleres-riomanso.example", "Elena Ibáñez", "es", "Owns C4: first with F, now with G."),
    Person(
        "frida", "frida@uhren-gaenseblum.example", "Frida Großmann", "de", "Owns C5: F has accepted, but has no access."
    ),
    Person("jonas", "jonas@lichtwerk-morgengrau.example", "Jonas Köhlbrand", "de", "Owns C6: works with G alone."),
    Person(
        "lucia",
        "lucia@azulejos-marduna.example",
        "Lucía Peñalba",
        "es",
        "Owns C7: its request to F is not answered yet.",
    ),
    Person("saga", "saga@skogslykta.example", "Saga Hökmark", "sv", "Owns C8: invited by F, being verified."),
    Person("pia", "pia@platform.example", "Pia Santana", "en", "Administers the platform."),
    Person("rolf", "rolf@platform.example", "Rolf Winterhalter", "en", "Reviews applications and profiles."),
    Person("nora", "nora@elsewhere.example", "Nora Falkenrath", "en", "Belongs to no organisation."),
)

LARGE_PEOPLE: Final = (
    Person("large-admin", "large-admin@big.example", "Alma Storholt", "da", "Administers the firm of 20,000 clients."),
    Person("large-bookkeeper", "large-bookkeeper@big.example", "Bent Storholt", "da", "Keeps books there, for 120."),
)
"""The people who can sign in to the large world, with the same password."""

FIRM_PLACES: Final = (
    Place("ada", "admin", "F", owner=True),
    Place("ben", "bookkeeper", "F"),
    Place("bo", "bookkeeper", "F"),
    Place("hedda", "bookkeeper", "F"),
    Place("finn", "staff", "F"),
    Place("gus", "admin", "G", owner=True),
    Place("hugo", "admin", "H", owner=True),
)
CLIENT_PLACES: Final = (
    Place("cora", "owner", "C1"),
    Place("emil", "member", "C1"),
    Place("dag", "owner", "C2"),
    Place("mila", "admin", "C2"),
    Place("hedda", "owner", "C3"),
    Place("elena", "owner", "C4"),
    Place("frida", "owner", "C5"),
    Place("jonas", "owner", "C6"),
    Place("lucia", "owner", "C7"),
    Place("saga", "owner", "C8"),
)
PLATFORM_PLACES: Final[dict[str, Literal["admin", "reviewer"]]] = {"pia": "admin", "rolf": "reviewer"}

NAMES: Final = {person.handle: person.name for person in PEOPLE}
OWNERS: Final = {place.organisation: place.person for place in CLIENT_PLACES if place.role == "owner"}
