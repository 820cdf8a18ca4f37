"""Which responses are compressed, and how."""

import gzip

import pytest

from gateway.http.compression import ENCODINGS, accepted


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, br", "br"),
        ("GZIP", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *;q=0.1", "zstd"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0, *;q=0", None),
        ("deflate", None),
        ("gzip;q=x", None),
        ("gzip;q=2", "gzip"),
        (" gzip ; q=0.3 ", "gzip"),
        (";;,,", None),
    ],
)
def test_the_coding_is_the_one_that_the_caller_prefers(header: str, coding: str | None) -> None:
    assert accepted(header) == coding


@pytest.mark.parametrize("body", [b"", b"x", b"{}" * 100_000])
def test_a_compressed_body_is_the_same_for_the_same_body(body: bytes) -> None:
    for compress in ENCODINGS.values():
        assert compress(body) == compress(body)
    assert gzip.decompress(ENCODINGS["gzip"](body)) == body
