"""A server that is killed between an event and its delivery loses nothing: the short form of
`benchmarks/webhooks.py`."""

from __future__ import annotations

from tests.store.conftest import AnyLog
from tests.webhooks.deliverer import POINTS
from tests.webhooks.killing import deliver_with_kills

SOME = ["after hand_over", "receiver has the head", "after send", "receiver has answered"]


async def test_nothing_is_lost_by_kill_9(store_url: str, log: AnyLog) -> None:
    assert len(POINTS) == 20
    assert set(SOME) < set(POINTS)
    found = await deliver_with_kills(store_url, log, "k", SOME, interviews=8, answers=7)
    assert found.events == 80
    assert (found.lost, found.out_of_order) == (0, 0)
    assert found.killed == len(SOME), "each point was reached"
    assert found.repeated > 0, "what was sent and not written down came again"
