"""From a log to a receiver that verifies: with a receiver that behaves, and with all others.

Over 400 lines on purpose: one list of what receivers do.
"""

from __future__ import annotations

import asyncio
import json
import time as clock
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from media_server.ports import NewEntry
from media_server.ports.deliveries import Deliveries, Delivery
from media_server.webhooks import signing
from media_server.webhooks.endpoint import WebhookEndpoint
from tests.store.conftest import AnyLog, OpenLog
from tests.store.test_deliveries import Time, deliveries_of
from tests.support.waiting import until
from tests.webhooks.bench import PAUSED, RESUMED, STARTED, Bench, add, begin, ended
from tests.webhooks.receiver import OTHER, SECRET, Receiver, answers, hang, receiving

Made = Callable[..., Bench]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def sent(log: AnyLog, time: Time) -> Deliveries:
    return deliveries_of(log, time)


@pytest.fixture
async def bench(log: AnyLog, sent: Deliveries) -> AsyncIterator[Made]:
    made: list[Bench] = []

    def make(*endpoints: WebhookEndpoint, **settings: object) -> Bench:
        made.append(Bench(log, sent, *endpoints, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def the_one(sent: Deliveries) -> Delivery:
    (found,), _ = await sent.page("default", after=None, limit=2)
    return found


# --- what is said -------------------------------------------------------------------------------


async def test_an_interview_from_its_start_to_its_result(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    server = bench(receiver.endpoint())
    await begin(log)
    answer = {"prompt_id": "q1", "round": 1, "status": "answered", "reason": "r"}
    await add(log, STARTED, PAUSED, RESUMED, NewEntry("answer_closed", answer))
    await add(log, ended(), status="completed")
    await server.all()
    assert receiver.types() == [
        "interview.started",
        "interview.paused",
        "interview.resumed",
        "interview.answer_recorded",
        "interview.completed",
        "result.transcript_ready",
    ]
    assert receiver.got[-1][1]["data"] == {
        "interview": "i1",
        "candidate_external_id": "cand-9",
        "status": "completed",
        "links": {
            "interview": "https://interviews.example/v1/interviews/i1",
            "result": "https://interviews.example/v1/interviews/i1/result",
        },
    }
    assert await server.all() == 0
    assert len(receiver.got) == 6


async def test_an_evaluation_is_told_after_the_words(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    """Also where both are found in one go, because the relay was away."""
    server = bench(receiver.endpoint())
    await begin(log)
    await add(log, ended(), status="completed")
    server.watch = 3_600.0
    await server.all()
    server.watch = None
    made = NewEntry("evaluation_made", {"engine": "e", "criteria": 1, "needs_human": 0})
    await add(log, made, status="completed")
    await server.all()
    assert receiver.types() == [
        "interview.completed",
        "result.transcript_ready",
        "result.evaluation_ready",
    ]
    links = receiver.got[-1][1]["data"]["links"]
    assert links["evaluation"] == "https://interviews.example/v1/interviews/i1/evaluation"
    assert await server.all() == 0
    # Made once more, it is told once more.
    await add(log, NewEntry("evaluation_renewed", {"because": "stale"}), made, status="completed")
    await server.all()
    assert await bench(receiver.endpoint()).all() == 0
    assert receiver.types()[3:] == ["result.evaluation_ready"]
    assert len({id_ for id_, _ in receiver.got}) == 4


@pytest.mark.parametrize(
    ("status", "type_"),
    [
        ("declined", "interview.declined"),
        ("expired", "interview.expired"),
        ("cancelled", "interview.cancelled"),
        ("abandoned", "interview.abandoned"),
        ("failed", "interview.failed"),
        ("ended_by_candidate", "interview.completed"),
    ],
)
async def test_ended_and_analysed_are_two_events_also_where_there_is_nothing_to_analyse(
    log: AnyLog, bench: Made, receiver: Receiver, status: str, type_: str
) -> None:
    server = bench(receiver.endpoint())
    await begin(log)
    await add(log, ended(status), status=status)
    await server.all()
    assert receiver.types() == [type_, "result.transcript_ready"]
    assert [body["data"]["status"] for _, body in receiver.got] == [status, status]


async def test_the_result_is_ready_when_nothing_is_owed_any_more_and_once(
    log: AnyLog, bench: Made, receiver: Receiver, time: Time
) -> None:
    server = bench(receiver.endpoint())
    server.watch = 60.0
    await begin(log)
    await add(log, ended(), status="completed")
    await server.all()
    assert receiver.types() == ["interview.completed"]
    time.on(61.0)
    await server.relay.step()
    time.on(61.0)
    server.watch = None
    again = bench(receiver.endpoint())  # the first was killed: what it watched is in the store
    await again.all()
    assert receiver.types() == ["interview.completed", "result.transcript_ready"]
    await add(log, NewEntry("late_tried", {}), status="completed")
    time.on(999.0)
    await again.all()
    assert len(receiver.got) == 2


async def test_what_comes_to_an_old_interview_does_not_make_its_result_news(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, time: Time
) -> None:
    server = bench(receiver.endpoint())
    await begin(log)
    await add(log, ended(), status="completed")
    await server.all()
    assert len(receiver.got) == 2
    time.on(40 * 86_400.0)
    await sent.forget(older_than_s=0.0, limit=9)  # as after 30 days
    await begin(log, "i2")
    server.endpoints.clear()  # as before there was an endpoint, or an outbox
    await add(log, ended(), interview_id="i2", status="completed")
    await server.all()
    server.endpoints.append(receiver.endpoint())
    for interview_id in ("i1", "i2"):
        await add(log, NewEntry("late_tried", {}), interview_id=interview_id, status="completed")
    await server.all()
    assert len(receiver.got) == 2


async def test_words_that_are_found_later_are_an_event_of_their_own(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    server = bench(receiver.endpoint())
    await begin(log)
    early = NewEntry("segment_transcribed", {"prompt_id": "q1", "round": 1, "text": "secret"})
    await add(log, early)
    await add(log, ended(), status="completed")
    await server.all()
    assert receiver.types() == ["interview.completed", "result.transcript_ready"]
    about = {"prompt_id": "q2", "round": 2}
    given_up = NewEntry("segment_transcribed", {**about, "untranscribed": "it is gone"})
    no_better = NewEntry("stretch_transcribed", {"prompt_id": "q3", "kept": "empty"})
    await add(log, early, early, given_up, no_better, status="completed")
    await server.all()
    await add(log, early, status="completed")
    await server.all()
    first, second = [body["data"] for _, body in receiver.got[2:]]
    assert receiver.types()[2:] == ["result.updated"] * 2
    words = {"prompt_id": "q1", "round": 1, "what": "words"}
    assert first["changed"] == [words, {**about, "what": "untranscribed"}]
    assert second["changed"] == [words]
    assert (first["revision"], second["revision"]) == (6, 8)
    assert first["links"]["result"].endswith("/v1/interviews/i1/result")
    assert len({id_ for id_, _ in receiver.got}) == 4
    assert "secret" not in str(receiver.got)


async def test_who_has_read_less_does_not_end_what_another_server_watches(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, time: Time
) -> None:
    slow, quick = bench(receiver.endpoint()), bench(receiver.endpoint())
    slow.watch = quick.watch = 60.0
    await begin(log)
    await add(log, STARTED)
    hand_over = sent.hand_over

    async def when_the_other_is_done(*given: object, **named: object) -> None:
        slow.relay._deliveries.hand_over = hand_over  # type: ignore[method-assign]
        await add(log, ended(), status="completed")
        await quick.read()
        await hand_over(*given, **named)  # type: ignore[arg-type]

    slow.relay._deliveries.hand_over = when_the_other_is_done  # type: ignore[method-assign]
    await slow.relay.step()
    slow.watch = quick.watch = None
    time.on(61.0)
    await quick.all()
    assert receiver.types() == [
        "interview.started", "interview.completed", "result.transcript_ready",
    ]  # fmt: skip


async def test_what_an_owner_writes_back_at_once_may_be_longer_than_a_page(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver
) -> None:
    server = bench(receiver.endpoint())
    await begin(log)
    words = [NewEntry("segment_transcribed", {}) for _ in range(1_100)]
    await add(log, STARTED, *words, ended(), status="completed")
    for _ in range(3):
        await server.relay.step()
    assert await sent.unread(9) == ()
    await server.all()
    assert receiver.types() == [
        "interview.started", "interview.completed", "result.transcript_ready",
    ]  # fmt: skip


async def test_words_that_come_after_the_end_are_looked_at_at_once(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    server = bench(receiver.endpoint())
    server.watch = 3_600.0
    await begin(log)
    await add(log, ended(), status="completed")
    await server.all()
    server.watch = None
    await add(log, NewEntry("segment_transcribed", {"text": "a secret"}), status="completed")
    await server.all()
    assert receiver.types() == ["interview.completed", "result.transcript_ready"]
    assert "a secret" not in json.dumps(receiver.got)


async def test_an_erased_interview_is_told_by_its_id_alone(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    server = bench(receiver.endpoint())
    await begin(log)
    await add(log, STARTED)
    await server.read()
    await add(log, PAUSED)
    await log.erase("i1", now_s=1_700_000_000.0)
    await server.all()
    ((_, body),) = receiver.got
    assert body == {
        "type": "interview.deleted",
        "timestamp": "2023-11-14T22:13:20Z",
        "data": {"interview": "i1"},
    }


async def test_an_endpoint_gets_what_it_asked_for_and_another_tenant_nothing(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    async with receiving() as other:
        server = bench(
            receiver.endpoint(events=("interview.completed", "result.*")),
            other.endpoint("theirs", tenant="acme"),
        )
        await begin(log, "i1")
        await begin(log, "a1", tenant="acme")
        await add(log, STARTED, ended(), status="completed")
        await add(log, STARTED, interview_id="a1")
        await log.erase("a1", now_s=9.0)
        await server.all()
        assert receiver.types() == ["interview.completed", "result.transcript_ready"]
        assert [(body["type"], body["data"]["interview"]) for _, body in other.got] == [
            ("interview.deleted", "a1")
        ]


async def test_what_happened_before_anybody_wanted_it_is_no_news(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver
) -> None:
    server = bench()
    await begin(log)
    await add(log, STARTED)
    await server.all()
    assert await sent.unread(9) == (), "read by nobody: it does not pile up"
    server.endpoints.append(receiver.endpoint())
    await add(log, PAUSED)
    await server.all()
    assert receiver.types() == ["interview.paused"]


# --- signatures ---------------------------------------------------------------------------------


async def test_receivers_with_the_old_and_with_the_new_secret_both_accept_it(
    log: AnyLog, bench: Made
) -> None:
    async with receiving(secret=SECRET) as new, receiving(secret=OTHER) as old:
        server = bench(
            new.endpoint("new", secrets=(SECRET, OTHER)),
            old.endpoint("old", secrets=(SECRET, OTHER)),
        )
        await begin(log)
        await add(log, STARTED)
        await server.all()
        assert new.types() == old.types() == ["interview.started"]


def test_the_signature_is_that_of_the_specification() -> None:
    """Its own example, "Signature scheme"."""
    body = '{"event_type":"ping"}'
    made = signing.headers("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", body, [SECRET], at_s=1674087231.9)
    assert made["webhook-timestamp"] == "1674087231"
    assert made["webhook-signature"].startswith("v1,")
    with pytest.raises(Exception, match="too old"):
        Webhook(SECRET).verify(body, dict(made))
    two = signing.headers("msg_a", body, [OTHER, SECRET], at_s=clock.time())
    assert len(two["webhook-signature"].split(" ")) == 2
    assert Webhook(SECRET).verify(body, dict(two)) == {"event_type": "ping"}


# --- receivers that behave badly ----------------------------------------------------------------


async def test_a_receiver_that_is_down_for_a_day_gets_everything_in_order(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, time: Time
) -> None:
    server = bench(receiver.endpoint())
    receiver.behaves = answers(503)
    await begin(log)
    down_until_s = time.now_s + 86_400.0
    said = 0
    while time.now_s < down_until_s:
        if said < 40:
            answer = {"prompt_id": f"q{said}", "round": said, "status": "answered"}
            await add(log, NewEntry("answer_closed", answer))
            said += 1
        await server.all()
        time.on(900.0)
    tried = len(receiver.got)
    assert len({id_ for id_, _ in receiver.got}) == 1, "the first holds up what comes after it"
    receiver.behaves = None
    while (await sent.backlog()).pending:
        assert time.now_s < down_until_s + 86_400.0
        await server.all()
        time.on(900.0)
    rounds = [body["data"]["round"] for _, body in receiver.got[tried:]]
    assert rounds == list(range(40))
    assert tried == 7, "0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h"


async def test_after_the_last_attempt_it_is_given_up_and_the_next_goes_on(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, time: Time
) -> None:
    server = bench(receiver.endpoint())
    receiver.behaves = answers(500)
    await begin(log)
    await add(log, STARTED)
    for _ in range(12):
        await server.all()
        time.on(86_401.0)
    failed = await the_one(sent)
    assert (failed.status, failed.attempts, len(receiver.got)) == ("failed", 10, 10)
    assert {one.error for one in failed.tries} == {"500"}
    receiver.behaves = None
    await add(log, PAUSED)
    await server.all()
    assert receiver.types()[-1] == "interview.paused"
    await sent.replay("default", failed.id)
    await server.deliver()
    assert receiver.got[-1][0] == failed.id


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, status: int
) -> None:
    async with receiving() as elsewhere:
        receiver.behaves = answers(status, Location=elsewhere.url)
        await begin(log)
        await add(log, STARTED)
        await bench(receiver.endpoint()).all()
        assert elsewhere.got == []
        tried = await the_one(sent)
        assert tried.status == "pending"
        assert tried.tries[0].status == status
        assert "not followed" in tried.tries[0].error


async def test_one_that_hangs_costs_its_deadline_and_delays_nobody_else(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, time: Time
) -> None:
    async with receiving() as dead:
        dead.behaves = hang
        server = bench(dead.endpoint("dead"), receiver.endpoint("alive"), timeout_s=90.0)
        for number in range(20):
            await begin(log, f"i{number}")
            await add(log, STARTED, interview_id=f"i{number}")
        await server.read()
        began_s = clock.monotonic()
        while len(receiver.got) < 20:
            await server.dispatcher.step()
            await asyncio.sleep(0.005)
            assert clock.monotonic() - began_s < 60.0, "held up by the one that hangs"
        assert dead.most_at_once <= 4
        await server.close()
        time.on(3600.0)  # what it had claimed is due again
        server = bench(dead.endpoint("dead"), receiver.endpoint("alive"), timeout_s=1.0)
        await server.dispatcher.step()
        await until(lambda: not server.dispatcher._tasks)
        for _ in range(20):
            await server.dispatcher.step()
            await asyncio.sleep(0.005)
        assert len(server.dispatcher._tasks) == 1, "one that fails gets one attempt at a time"
    tried, _ = await sent.page("default", after=None, limit=99, endpoint="dead")
    assert "no answer within 1 s" in {one.error for row in tried for one in row.tries}


async def test_one_that_sends_back_without_end_is_hung_up_on(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver
) -> None:
    written = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(headers={"Content-Length": str(1 << 30)})
        await response.prepare(request)
        for _ in range(1 << 10):
            await response.write(bytes(1 << 20))
            written += 1 << 20
        return response

    receiver.behaves = flood
    await begin(log)
    await add(log, STARTED)
    began_s = clock.monotonic()
    await bench(receiver.endpoint()).all()
    assert clock.monotonic() - began_s < 30.0
    assert (await the_one(sent)).status == "delivered", "it said 200 before"
    await until(lambda: receiver.at_once == 0)
    assert written < 64 << 20, "what the kernels buffer, not a gigabyte"


async def test_gone_disables_the_endpoint_until_somebody_enables_it(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver, time: Time
) -> None:
    receiver.behaves = answers(410)
    server = bench(receiver.endpoint())
    await begin(log)
    await add(log, STARTED, PAUSED)
    await server.all()
    for _ in range(3):
        time.on(86_400.0)
        await add(log, RESUMED)
        await server.all()
    assert len(receiver.got) == 1
    receiver.behaves = None
    await sent.enable("default", "e1")
    await server.all()
    assert receiver.types()[1:] == [
        "interview.started", "interview.paused", *["interview.resumed"] * 3
    ]  # fmt: skip


async def test_who_is_busy_says_when(
    log: AnyLog, bench: Made, receiver: Receiver, time: Time
) -> None:
    receiver.behaves = answers(429, Retry_After="120")
    server = bench(receiver.endpoint())
    await begin(log)
    await add(log, STARTED)
    await server.all()
    time.on(119.0)
    assert await server.all() == 0
    time.on(2.0)
    assert await server.all() == 1


async def test_an_endpoint_that_is_switched_off_waits(
    log: AnyLog, bench: Made, receiver: Receiver
) -> None:
    server = bench(receiver.endpoint(enabled=False))
    await begin(log)
    await add(log, STARTED)
    assert await server.all() == 0
    server.endpoints[:] = [receiver.endpoint()]
    await server.all()
    assert receiver.types() == ["interview.started"]


async def test_one_that_is_not_there_or_not_allowed_is_tried_again(
    log: AnyLog, sent: Deliveries, bench: Made, unused_tcp_port: int
) -> None:
    nobody = WebhookEndpoint("e1", f"http://127.0.0.1:{unused_tcp_port}/in", (SECRET,))
    ours = WebhookEndpoint("e2", f"https://127.0.0.1:{unused_tcp_port}/in", (SECRET,))
    await begin(log)
    await add(log, STARTED)
    await bench(nobody).all()
    assert (await the_one(sent)).tries[0].error == "cannot be connected to"
    strict = bench(ours, allowed=())
    await add(log, PAUSED)
    await strict.all()
    tried, _ = await sent.page("default", after=None, limit=9, endpoint="e2")
    assert "not a public one" in tried[0].tries[0].error


async def test_without_a_certificate_nothing_is_sent(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver
) -> None:
    plain = receiver.endpoint(url=receiver.url.replace("http://", "https://"))
    await begin(log)
    await add(log, STARTED)
    await bench(plain).all()
    assert (await the_one(sent)).tries[0].error == "TLS could not be negotiated"
    assert receiver.got == []


# --- several servers, and their clocks ----------------------------------------------------------


async def test_two_servers_deliver_each_once_and_in_order(
    log: AnyLog, open_log: OpenLog, time: Time, receiver: Receiver
) -> None:
    other = await open_log()
    servers = [Bench(one, deliveries_of(one, time), receiver.endpoint()) for one in (log, other)]
    for number in range(12):
        await begin(log, f"i{number}")
        await add(log, STARTED, PAUSED, RESUMED, interview_id=f"i{number}")
        await add(log, ended(), interview_id=f"i{number}", status="completed")
    await asyncio.gather(*(server.all() for server in servers))
    ids = [id_ for id_, _ in receiver.got]
    assert len(ids) == len(set(ids)) == 12 * 5
    for number in range(12):
        came = [b["type"] for _, b in receiver.got if b["data"]["interview"] == f"i{number}"]
        assert came == [
            "interview.started", "interview.paused", "interview.resumed",
            "interview.completed", "result.transcript_ready",
        ]  # fmt: skip
    for server in servers:
        await server.close()


async def test_a_wrong_clock_is_named_where_the_receiver_refuses_it(
    log: AnyLog, sent: Deliveries, bench: Made, receiver: Receiver
) -> None:
    async def refuses(request: web.Request) -> web.StreamResponse:
        now = web.Response(status=400)
        now.headers["Date"] = "Tue, 14 Nov 2023 22:13:20 GMT"
        return now

    receiver.behaves = refuses
    await begin(log)
    await add(log, STARTED)
    await bench(receiver.endpoint()).all()
    error = (await the_one(sent)).tries[0].error
    assert error.startswith("400; this server's clock is +")


async def test_a_wrong_clock_loses_nothing(
    log: AnyLog, bench: Made, receiver: Receiver, time: Time
) -> None:
    """The verifier of the receiver refuses what is signed an hour late; it comes again."""
    ahead = bench(receiver.endpoint(), wall_s=lambda: clock.time() + 3_600.0)
    await begin(log)
    await add(log, STARTED)
    await ahead.all()
    assert receiver.got == []
    right = bench(receiver.endpoint())
    time.on(6.0)
    await right.all()
    assert receiver.types() == ["interview.started"]
