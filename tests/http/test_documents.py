"""Documents are read and validated once per text, and no more is kept than was agreed."""

import pytest
from graphql import build_schema

from gateway.http import documents
from gateway.http.documents import Documents
from gateway.http.errors import RequestRefused

SCHEMA = build_schema("type Query { hello(name: String): String }")


@pytest.fixture
def work(monkeypatch):
    done = []
    for name in ("parse", "validate"):
        real = getattr(documents, name)

        def counted(*arguments, name=name, real=real, **options):
            done.append(name)
            return real(*arguments, **options)

        monkeypatch.setattr(documents, name, counted)
    return done


def use(kept, text):
    document = kept.read(text)
    kept.check(document)
    return document


def test_a_text_is_read_and_validated_once(work):
    kept = Documents(SCHEMA, max_tokens=100, cache_bytes=10_000)

    assert use(kept, "{ hello }") is use(kept, "{ hello }")
    assert work == ["parse", "validate"]


def test_what_was_used_longest_ago_goes_first(work):
    texts = [f'{{ hello(name: "{letter * 80}") }}' for letter in "abcdefghij"]
    kept = Documents(SCHEMA, max_tokens=100, cache_bytes=9 * len(texts[0]))
    for text in texts[:9]:
        use(kept, text)
    use(kept, texts[0])
    use(kept, texts[9])
    work.clear()

    use(kept, texts[0])
    use(kept, texts[9])
    assert work == []
    use(kept, texts[1])
    assert work == ["parse", "validate"]


def test_one_long_text_does_not_push_out_the_others(work):
    kept = Documents(SCHEMA, max_tokens=100, cache_bytes=800)
    use(kept, "{ hello }")
    use(kept, "{ hello }" + " " * 200)
    work.clear()

    use(kept, "{ hello }")

    assert work == []


def test_what_is_kept_never_passes_the_bound(work):
    kept = Documents(SCHEMA, max_tokens=100, cache_bytes=1_000)
    for number in range(500):
        use(kept, f'{{ hello(name: "ünï{number}") }}')

    assert sum(len(text.encode()) for text in kept._kept._kept) == kept._kept.weight <= 1_000


def test_documents_that_do_not_fit_are_not_kept(work):
    kept = Documents(SCHEMA, max_tokens=100, cache_bytes=10_000)
    for _ in range(2):
        with pytest.raises(RequestRefused):
            use(kept, "{ nope }")

    assert work == ["parse", "validate"] * 2
