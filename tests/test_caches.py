"""The bounded cache, which the event loop and the threads that compile queries use at the same time."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

from gateway.caches import Cache


def test_threads_leave_no_more_than_the_bound_and_the_right_weight() -> None:
    cache: Cache[int, str] = Cache(50, weigh=lambda key, value: len(value))

    def work(seed: int) -> int:
        dice, wrong = Random(seed), 0  # noqa: S311
        for _ in range(5_000):
            key = dice.randrange(40)
            found = cache.made(key, lambda key=key: "x" * (key % 5 + 1))
            wrong += len(found) != key % 5 + 1
            if dice.random() < 0.2:
                cache.drop(key)
        return wrong

    with ThreadPoolExecutor(8) as threads:
        wrong = sum(threads.map(work, range(8)))

    assert wrong == 0
    assert cache.weight == sum(len(cache.get(key) or "") for key in range(40)) <= 50
