"""Each mail says what happened, once, to those whom it concerns (H59, D15, D60, D64)."""

from typing import Any

import pytest
from sqlalchemy import update

from gateway.db.models import Collaboration
from gateway.db.seeds.demo import key
from tests.mail.conftest import Desk, text_of


async def requests(desk: Desk, level: str | None) -> None:
    of = update(Collaboration).where(Collaboration.id == key("F-C2"))
    await desk.connection.execute(of.values(requested_level=level))


async def test_a_mail_of_a_request_names_its_level_and_is_dropped_when_another_replaced_it(desk: Desk) -> None:
    for level in ("limited", "full"):
        await desk.noticed("ACCESS_REQUEST", "F-C2", data={"requested": level})
    await requests(desk, "full")
    await desk.speaks("dag", "en")
    await desk.addressed()
    states = [each.state for each in await desk.sent()]

    assert sorted(states) == ["dropped", "dropped", "sent", "sent"]
    assert desk.post.to == ["dag", "mila"]
    said = next(text_of(each) for each in desk.post.taken if each["To"].addresses[0].username == "dag")
    assert "Requested: full access." in said


async def test_a_mail_of_a_request_that_was_answered_is_dropped(desk: Desk) -> None:
    await requests(desk, None)

    assert await desk.told("ACCESS_REQUEST", "F-C2", data={"requested": "full"}) == []


@pytest.mark.parametrize("actor", ["ada", "elena"])
async def test_the_end_is_mailed_to_both_sides_and_to_the_person_who_ended_it(desk: Desk, actor: str) -> None:
    assert await desk.told("COLLABORATION_ENDED", "F-C4", actor_id=key(actor)) == ["ada", "elena"]


async def test_after_the_end_the_mail_says_to_what_the_billing_mode_changed(desk: Desk) -> None:
    await desk.speaks("ada", "en")
    await desk.told("BILLING_MODE_CHANGED", "F-C4", data={"mode": "client"})
    (mail,) = desk.post.taken

    assert "no billing mode applies any more, and invoices go to the client" in text_of(mail)


async def test_another_choice_of_shared_work_is_no_change_of_access(desk: Desk) -> None:
    await desk.speaks("ada", "en")
    await desk.told("KPI_SHARING_CHANGED", "F-C1", actor_id=key("cora"))
    said: Any = next(each for each in desk.post.taken if each["To"].addresses[0].username == "ada")

    assert desk.post.to == ["ada", "ben", "bo"]
    assert "The level of access is the same as before." in text_of(said)
    assert "full access" not in text_of(said)
