"""Outbox and deliveries: what both stores do. Time is given, so that a day passes at once.

Over 400 lines on purpose: one suite that each store passes whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from media_server.ports import NewEntry
from media_server.ports.deliveries import OWN_DUE, Claim, Deliveries, Delivery, Settled, Try
from media_server.store import redis_deliveries, sqlite_deliveries
from media_server.store.redis import RedisEventLog
from media_server.store.redis_deliveries import RedisDeliveries
from media_server.store.sqlite import SqliteEventLog
from media_server.store.sqlite_deliveries import SqliteDeliveries
from tests.store.conftest import AnyLog
from tests.store.test_log_suite import append, create

MADE = Try(1.0, 500, "500", 12)
DONE = Settled(Try(2.0, 204, "", 3), "delivered")


class Time:
    def __init__(self) -> None:
        self.now_s = 1_700_000_000.0
        self.tell: Callable[[float], None] = lambda _now_s: None

    def on(self, seconds: float) -> None:
        self.now_s += seconds
        self.tell(self.now_s)


@pytest.fixture
def time() -> Time:
    return Time()


def deliveries_of(log: AnyLog, time: Time | None = None) -> Deliveries:
    if isinstance(log, SqliteEventLog):
        if time is None:
            return SqliteDeliveries(log.worker)
        return SqliteDeliveries(log.worker, now_s=lambda: time.now_s)
    assert isinstance(log, RedisEventLog)
    made = RedisDeliveries(log._client, now_s=time.now_s if time else None)
    if time is not None:
        before = time.tell

        def tell(now_s: float) -> None:
            before(now_s)
            made.now_s = now_s

        time.tell = tell
    return made


@pytest.fixture
def sent(log: AnyLog, time: Time) -> Deliveries:
    return deliveries_of(log, time)


def delivery(name: str, time: Time, interview_id: str = "i1", **changed: Any) -> Delivery:
    made = Delivery(
        id=f"msg_{name}", tenant="default", endpoint="e1", interview_id=interview_id,
        type="interview.started", body=f'{{"ü":"{name}"}}', created_s=time.now_s,
    )  # fmt: skip
    return replace(made, **changed)


async def hand_over(sent: Deliveries, *made: Delivery, through: int = 99) -> None:
    interview_id = made[0].interview_id
    await sent.hand_over(interview_id, through_seq=through, deliveries=made, watch_s=None)


async def claim(sent: Deliveries, *, ttl_s: float = 30.0, limit: int = 4) -> tuple[Claim, ...]:
    return await sent.claim("default", "e1", ttl_s=ttl_s, limit=limit)


# --- the outbox ---------------------------------------------------------------------------------


async def test_every_append_is_unread_until_it_is_handed_over(
    log: AnyLog, sent: Deliveries
) -> None:
    await create(log, "i1", now_s=1.0)
    await create(log, "i2", now_s=2.0)
    await append(log, 1, "a", types=("x", "y"))
    found = await sent.unread(10)
    assert [(one.interview_id, one.first_seq) for one in found] == [("i1", 1), ("i2", 1)]
    await sent.hand_over("i1", through_seq=1, deliveries=(), watch_s=None)
    first = next(one for one in await sent.unread(10) if one.interview_id == "i1")
    assert first.first_seq == 2
    await sent.hand_over("i1", through_seq=3, deliveries=(), watch_s=None)
    assert [one.interview_id for one in await sent.unread(10)] == ["i2"]
    await append(log, 3, "b")
    assert {one.interview_id: one.first_seq for one in await sent.unread(10)} == {"i1": 4, "i2": 1}


async def test_an_erased_interview_is_unread_once_and_what_was_to_be_sent_of_it_is_gone(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await create(log, "i2")
    await hand_over(sent, delivery("a", time))
    await hand_over(sent, delivery("other", time, "i2"))
    await sent.hand_over("i1", through_seq=1, deliveries=(), watch_s=1.0)
    await log.erase("i1", now_s=time.now_s)
    (gone,) = await sent.unread(10)
    assert (gone.interview_id, gone.first_seq) == ("i1", 0)
    await hand_over(sent, delivery("late", time))  # by who has read it before
    time.on(9.0)
    assert await sent.watched(9) == ()
    assert [c.delivery.id for c in await claim(sent)] == ["msg_other"]
    await hand_over(sent, delivery("deleted", time, type="interview.deleted"), through=0)
    assert await sent.unread(10) == ()
    assert [c.delivery.id for c in await claim(sent)] == ["msg_deleted"]
    rows, _ = await sent.page("default", after=None, limit=9, interview_id="i1")
    assert [row.type for row in rows] == ["interview.deleted"]


@pytest.mark.parametrize("made", [DONE, Settled(MADE, "pending", after_s=9_999.0)])
async def test_that_it_is_gone_comes_after_what_is_being_sent_just_now(
    log: AnyLog, sent: Deliveries, time: Time, made: Settled
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time), delivery("b", time))
    (held,) = await claim(sent)
    await log.erase("i1", now_s=time.now_s)
    await hand_over(sent, delivery("deleted", time), through=0)
    time.on(1.0)
    assert await claim(sent) == (), "one at a time, also now"
    last = await sent.settle(held, made, ttl_s=30.0)
    assert last is not None
    assert last.delivery.id == "msg_deleted"
    assert await sent.settle(last, DONE, ttl_s=30.0) is None


async def test_that_it_is_gone_does_not_wait_for_a_retry_of_what_is_gone(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time))
    (held,) = await claim(sent)
    await sent.settle(held, Settled(MADE, "pending", after_s=9_999.0), ttl_s=30.0)
    time.on(1.0)
    await log.erase("i1", now_s=time.now_s)
    await hand_over(sent, delivery("deleted", time), through=0)
    assert [c.delivery.id for c in await claim(sent)] == ["msg_deleted"]


async def test_it_is_looked_again_when_that_is_due(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await sent.hand_over("i1", through_seq=1, deliveries=(), watch_s=60.0)
    assert await sent.watched(9) == ()
    time.on(61.0)
    assert await sent.watched(9) == ("i1",)
    await sent.hand_over("i1", through_seq=1, deliveries=(), watch_s=None)
    assert await sent.watched(9) == ()


# --- lanes --------------------------------------------------------------------------------------


async def test_one_interview_is_delivered_in_order_and_one_at_a_time(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time), delivery("b", time))
    (first,) = await claim(sent)
    assert (first.delivery.id, first.delivery.body) == ("msg_a", '{"ü":"a"}')
    assert await claim(sent) == (), "it is being delivered"
    await hand_over(sent, delivery("c", time))
    assert await claim(sent) == ()
    second = await sent.settle(first, DONE, ttl_s=30.0)
    assert second is not None
    assert second.delivery.id == "msg_b"
    third = await sent.settle(second, DONE, ttl_s=30.0)
    assert third is not None
    assert await sent.settle(third, DONE, ttl_s=30.0) is None
    assert await claim(sent) == ()
    done = await sent.get("default", "msg_a")
    assert done is not None
    assert (done.status, done.attempts, done.next_s) == ("delivered", 1, None)
    assert done.tries == (DONE.made,)


async def test_endpoints_are_due_while_something_can_be_delivered_to_them(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    assert await sent.due(9) == ()
    await hand_over(sent, delivery("a", time), delivery("z", time, endpoint="e2"))
    assert set(await sent.due(9)) == {("default", "e1"), ("default", "e2")}
    assert len(await sent.due(1)) == 1
    (first,) = await claim(sent)
    assert await sent.due(9) == (("default", "e2"),)
    await sent.settle(first, Settled(MADE, "pending", gone=True), ttl_s=30.0)
    assert await sent.due(9) == (("default", "e2"),), "e1 is disabled"
    (other,) = await sent.claim("default", "e2", ttl_s=30.0, limit=1)
    assert await sent.settle(other, DONE, ttl_s=30.0) is None
    assert await sent.due(9) == ()
    await sent.enable("default", "e1")
    assert await sent.due(9) == (("default", "e1"),)


async def test_no_tenant_fills_what_is_due_by_urls_of_its_interviews(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    own = [delivery(f"{n}", time, tenant="a", endpoint=f"interview.{n:03d}") for n in range(150)]
    theirs = delivery("b", time, tenant="b", endpoint="interview.999")
    await create(log)
    await hand_over(sent, *own, theirs, delivery("e1", time, tenant="a", endpoint="setup"))
    found = await sent.due(110)
    assert found[0] == ("a", "setup")
    assert ("b", "interview.999") in found
    assert len(set(found)) == len(found) == OWN_DUE + 2
    assert len(await sent.due(9)) == 9


async def test_another_interview_and_another_endpoint_do_not_wait(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log, "i1")
    await create(log, "i2")
    await hand_over(sent, delivery("a", time), delivery("z", time, endpoint="e2"))
    await hand_over(sent, delivery("b", time, "i2"))
    (first,) = await claim(sent, limit=1)
    (other,) = await claim(sent, limit=1)
    assert {first.delivery.id, other.delivery.id} == {"msg_a", "msg_b"}
    (elsewhere,) = await sent.claim("default", "e2", ttl_s=9.0, limit=4)
    assert elsewhere.delivery.id == "msg_z"


async def test_what_failed_waits_and_holds_up_what_comes_after_it(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time), delivery("b", time))
    (first,) = await claim(sent)
    assert await sent.settle(first, Settled(MADE, "pending", after_s=300.0), ttl_s=30.0) is None
    time.on(299.0)
    assert await claim(sent) == ()
    waiting = await sent.get("default", "msg_a")
    assert waiting is not None
    assert waiting.next_s == pytest.approx(time.now_s + 1.0, abs=0.01)
    time.on(2.0)
    (again,) = await claim(sent)
    assert (again.delivery.id, again.delivery.attempts) == ("msg_a", 1)
    following = await sent.settle(again, Settled(MADE, "failed"), ttl_s=30.0)
    assert following is not None, "given up: what comes after it goes on"
    assert following.delivery.id == "msg_b"


async def test_the_same_event_is_taken_once(log: AnyLog, sent: Deliveries, time: Time) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time))
    await hand_over(sent, delivery("a", time, body="changed"))
    (first,) = await claim(sent)
    assert first.delivery.body == '{"ü":"a"}'
    await hand_over(sent, delivery("a", time))
    assert await sent.settle(first, DONE, ttl_s=9.0) is None
    await hand_over(sent, delivery("a", time))
    assert await claim(sent) == (), "it was delivered"


async def test_who_was_killed_while_delivering_is_followed_and_cannot_write_any_more(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time))
    (dead,) = await claim(sent, ttl_s=0.0)
    time.on(0.01)
    (next_one,) = await claim(sent)
    assert next_one.delivery.id == dead.delivery.id
    assert next_one.token != dead.token
    assert await sent.settle(dead, Settled(MADE, "failed"), ttl_s=30.0) is None
    now = await sent.get("default", "msg_a")
    assert now is not None
    assert now.status == "pending"
    await sent.settle(next_one, DONE, ttl_s=30.0)
    now = await sent.get("default", "msg_a")
    assert now is not None
    assert now.status == "delivered"


async def test_a_clock_that_is_set_back_keeps_nothing_waiting_for_the_days_it_went_back(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time))
    (first,) = await claim(sent, ttl_s=0.0)
    await sent.settle(first, Settled(MADE, "pending", after_s=3_600.0), ttl_s=0.0)
    await sent.hand_over("i1", through_seq=1, deliveries=(), watch_s=60.0)
    time.on(-10 * 86_400.0)
    assert [c.delivery.id for c in await claim(sent)] == ["msg_a"]
    assert await sent.watched(9) == ("i1",)


async def test_a_clock_that_is_set_forward_gives_nobody_a_lane_that_is_held(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    if isinstance(log, RedisEventLog):
        pytest.skip("Redis has one clock, by which its leases go as well")
    await create(log)
    await hand_over(sent, delivery("a", time))
    assert await claim(sent)
    time.on(86_400.0)
    assert await claim(sent) == ()


# --- endpoints, people, upkeep ------------------------------------------------------------------


async def test_gone_disables_the_endpoint_and_loses_nothing(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time), delivery("z", time, endpoint="e2"))
    (first,) = await claim(sent)
    await sent.settle(first, Settled(MADE, "pending", gone=True), ttl_s=30.0)
    why = await sent.disabled("default", "e1")
    assert why is not None
    assert "410" in why.reason
    assert why.since_s == pytest.approx(time.now_s, abs=0.01)
    time.on(86_400.0)
    assert await claim(sent) == ()
    assert len(await sent.claim("default", "e2", ttl_s=9.0, limit=4)) == 1
    assert await sent.disabled("default", "e2") is None
    await sent.enable("default", "e1")
    assert await sent.disabled("default", "e1") is None
    assert [c.delivery.id for c in await claim(sent)] == ["msg_a"]


async def test_enabling_brings_forward_what_waits_and_takes_nothing_from_who_delivers(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log, "i1")
    await create(log, "i2")
    await hand_over(sent, delivery("a", time))
    (first,) = await claim(sent)
    await sent.settle(first, Settled(MADE, "pending", after_s=9_999.0), ttl_s=30.0)
    await hand_over(sent, delivery("b", time, "i2"))
    assert len(await claim(sent)) == 1
    await sent.enable("default", "e1")
    assert [c.delivery.id for c in await claim(sent)] == ["msg_a"]


async def test_pages_are_newest_first_filtered_and_of_one_tenant(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log, "i1")
    await create(log, "i2")
    for n in range(5):
        time.on(1.0)
        await hand_over(sent, delivery(f"a{n}", time))
    await hand_over(sent, delivery("b", time, "i2", endpoint="e2"))
    await sent.add([delivery("x", time, "", tenant="other")])
    page, cursor = await sent.page("default", after=None, limit=2)
    assert [row.id for row in page] == ["msg_b", "msg_a4"]
    seen = [row.id for row in page]
    while cursor:
        page, cursor = await sent.page("default", after=cursor, limit=2)
        seen += [row.id for row in page]
    assert seen == ["msg_b", *(f"msg_a{n}" for n in range(4, -1, -1))]
    (first,) = await claim(sent, limit=1)
    await sent.settle(first, DONE, ttl_s=30.0)

    async def ids(**filters: str) -> set[str]:
        rows, _ = await sent.page("default", after=None, limit=99, **filters)
        return {row.id for row in rows}

    assert await ids(interview_id="i2") == {"msg_b"}
    assert await ids(endpoint="e1") == {f"msg_a{n}" for n in range(5)}
    assert await ids(status="delivered") == {"msg_a0"}
    assert await ids(interview_id="i1", endpoint="e1", status="pending") == {
        f"msg_a{n}" for n in range(1, 5)
    }
    assert await ids(interview_id="nobody") == set()
    rows, _ = await sent.page("other", after=None, limit=9)
    assert [row.id for row in rows] == ["msg_x"]
    for cursor in ("msg_x", "msg_never"):
        with pytest.raises(KeyError):
            await sent.page("default", after=cursor, limit=2)
    assert await sent.get("default", "msg_x") is None


async def test_replay_sends_the_same_again_first(log: AnyLog, sent: Deliveries, time: Time) -> None:
    await create(log)
    await hand_over(sent, delivery("a", time))
    (first,) = await claim(sent)
    await sent.settle(first, DONE, ttl_s=30.0)
    await hand_over(sent, delivery("b", time))
    again = await sent.replay("default", "msg_a")
    assert again is not None
    assert (again.status, again.attempts, again.tries) == ("pending", 0, (DONE.made,))
    (next_one,) = await claim(sent)
    assert (next_one.delivery.id, next_one.delivery.body) == ("msg_a", first.delivery.body)
    assert await sent.replay("other", "msg_a") is None
    assert await sent.replay("default", "msg_never") is None


async def test_the_backlog_tells_how_much_waits_and_since_when(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log)
    nothing = await sent.backlog("default", "e1")
    assert (nothing.pending, nothing.oldest_s) == (0, None)
    since_s = time.now_s
    await hand_over(sent, delivery("a", time), delivery("z", time, endpoint="e2"))
    time.on(5.0)
    await hand_over(sent, delivery("b", time))
    found = await sent.backlog("default", "e1")
    assert (found.pending, found.oldest_s) == (2, since_s)
    everything = await sent.backlog()
    assert (everything.pending, everything.oldest_s) == (3, since_s)
    (first,) = await claim(sent)
    await sent.settle(first, DONE, ttl_s=30.0)
    found = await sent.backlog("default", "e1")
    assert (found.pending, found.oldest_s) == (1, time.now_s)


async def test_what_is_old_goes_and_it_is_told_how_much_of_it_was_never_delivered(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    await create(log, "i1")
    await create(log, "i2")
    await hand_over(sent, delivery("a", time))
    (first,) = await claim(sent)
    await sent.settle(first, DONE, ttl_s=30.0)
    await hand_over(sent, delivery("b", time, "i2"))
    time.on(100.0)
    await hand_over(sent, delivery("c", time))
    assert await sent.forget(older_than_s=101.0, limit=9) == 0
    assert await sent.forget(older_than_s=99.0, limit=9) == 1
    rows, _ = await sent.page("default", after=None, limit=9)
    assert [row.id for row in rows] == ["msg_c"]
    assert [c.delivery.id for c in await claim(sent)] == ["msg_c"]


async def test_of_an_endpoint_that_is_gone_nothing_is_left(
    log: AnyLog, sent: Deliveries, time: Time
) -> None:
    for interview_id in ("i1", "i2"):
        await create(log, interview_id)
        await hand_over(sent, delivery(interview_id, time, interview_id))
    await log.erase("i1", now_s=time.now_s)
    await sent.hand_over("i1", through_seq=0, deliveries=(), watch_s=None)
    assert await sent.due(9) == (("default", "e1"),)
    time.on(9_999.0)
    assert await sent.forget(older_than_s=999.0, limit=9) == 1
    assert await sent.due(9) == (), "also of one that nobody delivers to any more"


@pytest.mark.parametrize("filters", [{"status": "failed"}, {"endpoint": "e2"}])
async def test_a_filter_that_little_passes_is_looked_through_in_steps(
    log: AnyLog, sent: Deliveries, time: Time, filters: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for store in (sqlite_deliveries, redis_deliveries):
        monkeypatch.setattr(store, "_LOOK_AT", 4)
    await create(log)
    await hand_over(sent, delivery("first", time, endpoint="e2"))
    (held,) = await sent.claim("default", "e2", ttl_s=9.0, limit=1)
    await sent.settle(held, Settled(MADE, "failed"), ttl_s=9.0)
    await hand_over(sent, *(delivery(f"a{n}", time) for n in range(9)))
    after, pages = None, []
    while after != "":
        page, after = await sent.page("default", after=after, limit=3, **filters)
        pages.append([one.id for one in page])
    assert pages == [[], [], ["msg_first"]]


async def test_no_cursor_names_a_delivery_of_another_tenant(
    log: AnyLog, sent: Deliveries, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in (sqlite_deliveries, redis_deliveries):
        monkeypatch.setattr(store, "_LOOK_AT", 2)
    await create(log)
    await hand_over(sent, *(delivery(f"a{n}", time) for n in range(5)))
    assert await sent.page("other", after=None, limit=9, interview_id="i1") == ((), "")


async def test_a_test_does_not_wait_for_the_retry_of_another(sent: Deliveries, time: Time) -> None:
    await sent.add([delivery("a", time, "")])
    (held,) = await claim(sent)
    assert await sent.settle(held, Settled(MADE, "pending", after_s=999.0), ttl_s=30.0) is None
    assert await claim(sent) == ()
    await sent.add([delivery("b", time, "")])
    (held,) = await claim(sent)
    assert held.delivery.id == "msg_a", "in order"
    after = await sent.settle(held, DONE, ttl_s=30.0)
    assert after is not None
    assert after.delivery.id == "msg_b"


async def test_the_stores_go_by_the_real_time_where_none_is_given(log: AnyLog) -> None:
    sent = deliveries_of(log)
    await log.create("i1", spec={}, entries=[NewEntry("c", {})], status="s", now_s=1.0)
    await hand_over(sent, delivery("a", Time()))
    assert [c.delivery.id for c in await claim(sent)] == ["msg_a"]
