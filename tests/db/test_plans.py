"""Which plans PostgreSQL makes is a matter of the statement, and costs a round trip only where that changes."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.db.engine import EACH_ITS_OWN, ONE_FOR_ALL, PLANS
from gateway.loaders import ReadConnection

MODE = text("SELECT current_setting('plan_cache_mode')")


async def test_a_statement_says_which_plans_it_takes(engine: AsyncEngine) -> None:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as alone:
        own = await alone.scalar(MODE, execution_options={PLANS: EACH_ITS_OWN})
        shared = await alone.scalar(MODE, execution_options={PLANS: ONE_FOR_ALL})
        left = await alone.scalar(MODE)
        own_again = await alone.scalar(MODE, execution_options={PLANS: EACH_ITS_OWN})

    assert (own, shared, left, own_again) == (EACH_ITS_OWN, ONE_FOR_ALL, ONE_FOR_ALL, EACH_ITS_OWN)


async def test_the_next_to_borrow_a_connection_knows_how_it_was_left(engine: AsyncEngine) -> None:
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    found = []
    for by_few_keys in (True, False, True, True):
        reads = ReadConnection(reading)
        found.append((await reads.rows(MODE, {}, by_few_keys=by_few_keys))[0][0])
        await reads.close()

    assert found == [ONE_FOR_ALL, EACH_ITS_OWN, ONE_FOR_ALL, ONE_FOR_ALL]


async def test_what_is_undone_is_not_believed(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.scalar(MODE, execution_options={PLANS: EACH_ITS_OWN})
        await connection.commit()
        await connection.scalar(MODE, execution_options={PLANS: ONE_FOR_ALL})
        await connection.rollback()

        assert await connection.scalar(MODE, execution_options={PLANS: ONE_FOR_ALL}) == ONE_FOR_ALL
