"""A call that a worker took, where by the front's figures none had a place: it is found again."""

from __future__ import annotations

from pathlib import Path

from tests.front.fakes import FakeWorker, house
from tests.front.test_routing import asked, offer
from tests.support.waiting import until
from tests.test_placement import Worker, offered, placement_of, refused


async def test_a_call_is_found_that_a_full_worker_had_room_for(tmp_path: Path) -> None:
    """By the front's figures there was none, because somebody has left since."""
    one, two = FakeWorker(1, in_call=10), FakeWorker(2, in_call=10)
    async with house(tmp_path, one, two) as there:
        one.hangs = two.hangs = True
        seen = one.reports, two.reports
        await until(lambda: one.reports > seen[0] and two.reports > seen[1])
        for interview in ("abc", "def"):  # who joins is expected at one of them in turns
            async with there.client.post(
                f"{there.url}/v1/join", json={"link": f"{interview}.c2ln"}
            ) as answer:
                assert answer.status == 200
            assert await offer(there, interview) == 201
        assert one.places == {"abc", "def"}, "the one that has the queue"
        for interview in ("abc", "def"):
            assert await asked(there, "PATCH", f"/whip/{interview}/call") == 1
            assert await asked(there, "DELETE", f"/whip/{interview}/call") == 1
        one.may_go_on.set()
        two.may_go_on.set()


def test_a_call_for_which_it_found_a_place_is_known_at_once() -> None:
    """A report is half a second old, and a candidate has left since."""
    one = Worker(1, 1, {"a"})
    placement = placement_of(one, Worker(2, 1, {"b"}))
    placement.expect("x", 0.0)
    assert refused(placement, "x").judge == 1
    placement.judged("x", 1, 0.2)
    assert placement.holder("x", 0.2) == 1
    assert offered(placement, "x", 0.2).worker == 1, "it calls again"
    assert placement.reserved == 1
    placement.judged("x", 2, 0.2)
    assert placement.holder("x", 0.2) == 1, "the offer that is under way has it"
    placement.judged("y", 3, 0.2)
    assert placement.holder("y", 0.2) is None, "that worker is gone"


def test_it_is_the_workers_own_count_from_its_next_report_on() -> None:
    one = Worker(1, 1, {"a"})
    placement = placement_of(one)
    refused(placement, "x")
    placement.judged("x", 1, 0.2)
    placement.heard(1, one.report(), asked_s=0.1, now_s=0.3)
    assert placement.reserved == 1, "it was asked before"
    one.places = {"x"}
    placement.heard(1, one.report(), asked_s=0.2, now_s=0.4)
    assert placement.reserved == 0
    assert placement.holder("x", 0.4) == 1
    assert placement.free(0.4) == 0
