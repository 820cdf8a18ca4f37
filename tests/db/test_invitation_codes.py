"""Invitation codes: hard to mistype into another one, easy to type."""

import pytest

from gateway.db.invitation_codes import ALPHABET, LENGTH, new_code, read_code, shown, with_check

CODE = with_check("F7KQ2M9XTAB")


def test_a_new_code_is_a_code_and_no_two_are_equal() -> None:
    codes = [new_code() for _ in range(1000)]

    assert len(set(codes)) == len(codes)
    assert all(len(code) == LENGTH and read_code(code) == code for code in codes)


def test_every_single_wrong_character_is_found() -> None:
    wrong = [CODE[:at] + other + CODE[at + 1 :] for at in range(LENGTH) for other in ALPHABET if other != CODE[at]]

    assert {read_code(each) for each in wrong} == {None}


@pytest.mark.parametrize("typed", [shown(CODE), shown(CODE).lower(), f" {CODE} ", CODE.replace("1", "l")])
def test_case_hyphens_and_spaces_do_not_matter(typed: str) -> None:
    assert read_code(typed) == CODE


def test_letters_that_look_like_digits_are_read_as_those() -> None:
    code = with_check("1010ABCDEFG")

    assert read_code(f"IolO{code[4:]}") == code


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "0", CODE.replace("F", "U"), "é" * LENGTH, "\0" * LENGTH])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None
