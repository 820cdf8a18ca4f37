import idna
import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.errors import BadInput
from gateway.text.addresses import address_key, checked_address


@pytest.mark.parametrize(
    "text",
    [
        "", "ada", "ada@", "@firm.example", "ada@firm", "a@firm.1", "a@127.0.0.1", "a@[127.0.0.1]", "a@[IPv6:::1]",
        ".a..b@firm.example", "a.@firm.example", "a..b@firm.example", "a b@firm.example", '"a b"@firm.example',
        "Ada <ada@firm.example>", "ada@firm..example", "ada@-firm.example", "ada@fi_rm.example", "ada@firm.example.",
        "\xa0ada@firm.example",
        "a\u202eb@firm.example", "a@test", "a@firm.invalid", "a@localhost",
        f"{'a' * 65}@firm.example", f"a@{'b' * 64}.example", f"a@{'b.' * 126}example", "a@xn--a.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str):
    with pytest.raises(BadInput, match=r"^Must be an e-mail address, such as name@firm\.example\.$"):
        checked_address(text)


@pytest.mark.parametrize(
    "text", ["a\nb@firm.example", "ada@firm.example\n", "a\0b@firm.example", "a\ud800@firm.example"]
)
def test_what_may_not_stand_in_a_header_is_refused(text: str):
    with pytest.raises(BadInput, match=r"^Control characters and “=\?” are not allowed"):
        checked_address(text)


@pytest.mark.parametrize(
    ("text", "stored", "key"),
    [
        ("  Ada@Firm.Example ", "Ada@firm.example", "ada@firm.example"),
        ("ada+tag@firm.test", "ada+tag@firm.test", "ada+tag@firm.test"),
        ("ÅSE@firm.example", "ÅSE@firm.example", "åse@firm.example"),
        ("A\N{COMBINING RING ABOVE}SE@firm.example", "ÅSE@firm.example", "åse@firm.example"),
        ("x@Bücher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("x@bu\N{COMBINING DIAERESIS}cher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("X@XN--BCHER-KVA.example", "X@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("x@straße.example", "x@xn--strae-oqa.example", "x@xn--strae-oqa.example"),
    ],
)
def test_an_address_has_one_form_and_one_key(text: str, stored: str, key: str):
    assert (checked_address(text), address_key(text), address_key(stored)) == (stored, key, key)


def test_two_mailboxes_are_two_keys():
    assert address_key("straße@firm.example") != address_key("strasse@firm.example")


@given(some.text())
def test_every_text_has_a_key_and_its_key_is_its_own(text: str):
    assert address_key(address_key(text)) == address_key(text)


LABELS = some.text(alphabet="abcxyz019äöüßåæøñéçłşğ-", min_size=1, max_size=12)
LOCALS = some.text(alphabet="abcXYZ019.+_-ÄÖÜäöüßåÅİıςσΣ\N{COMBINING DIAERESIS}", min_size=1, max_size=12)


@given(LOCALS, some.lists(LABELS, min_size=1, max_size=3))
def test_the_stored_form_of_an_address_has_the_key_of_the_address(local: str, labels: list[str]):
    given_address = f"{local}@{'.'.join(labels)}.example"
    try:
        stored = checked_address(given_address)
    except BadInput:
        return
    name, _, domain = stored.rpartition("@")
    assert domain.isascii()
    assert checked_address(stored) == stored
    assert address_key(stored) == address_key(given_address) == address_key(f"{name}@{idna.decode(domain)}")
