"""The URL that an interview brings: kept for as long as somebody has to be told of its end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from media_server.ports import DEFAULT_TENANT, Documents, NewEntry, StoreUnavailable
from media_server.ports.deliveries import Claim, Deliveries, Delivery, Try
from media_server.webhooks import dispatcher as dispatcher_module
from media_server.webhooks.dispatcher import MOST_OWN_AT_ONCE, OWN_AT_ONCE, Dispatcher
from media_server.webhooks.endpoint import WebhookEndpoint
from media_server.webhooks.own_urls import AGAIN_S, KIND, SETTLED_S, OwnUrls, own_id
from media_server.webhooks.sender import Attempt
from tests.store.conftest import AnyLog
from tests.store.test_deliveries import Time, deliveries_of
from tests.store.test_documents import documents_of
from tests.support.waiting import until
from tests.webhooks.bench import Bench, add, ended
from tests.webhooks.receiver import SECRET, Receiver, answers


@dataclass
class World:
    log: AnyLog
    documents: Documents
    sent: Deliveries
    own: OwnUrls
    server: Bench
    time: Time
    secrets: list[str] = field(default_factory=list)

    async def begin(self, url: str, interview_id: str = "i1") -> None:
        await self.own.keep(interview_id, "acme", url)
        await self.log.create(
            interview_id, spec={"webhook": {"url": url}}, status="created", now_s=1.0,
            entries=[NewEntry("created", {"expires_s": 9e9})], tenant="acme",
        )  # fmt: skip

    async def is_kept(self, interview_id: str = "i1") -> bool:
        return await self.documents.get(DEFAULT_TENANT, KIND, interview_id) is not None

    async def later(self) -> None:
        """Long enough for what was seen to have settled, twice: seen, and let go."""
        for _ in range(2):
            self.time.on(SETTLED_S + AGAIN_S)
            await self.own.sweep()


@pytest.fixture
async def world(log: AnyLog) -> AsyncIterator[World]:
    time, documents, secrets = Time(), documents_of(log), [SECRET]
    sent = deliveries_of(log, time)
    own = OwnUrls(documents, log, sent, lambda _tenant: secrets, lambda: time.now_s)
    server = Bench(log, sent, own=own)
    yield World(log, documents, sent, own, server, time, secrets)
    await server.close()


async def test_it_is_told_everything_to_its_erasing_and_then_forgotten(
    world: World, receiver: Receiver
) -> None:
    await world.begin(receiver.url)
    await add(world.log, ended(), status="completed")
    await world.server.all()
    assert receiver.types() == ["interview.completed", "result.transcript_ready"]
    await world.later()
    assert await world.is_kept(), "the interview is still there"
    await world.log.erase("i1", now_s=2.0)
    receiver.behaves = answers(500)
    await world.server.all()
    await world.later()
    assert await world.is_kept(), "it has not taken the last one yet"
    receiver.behaves = None
    world.time.on(86_400.0)
    await world.server.all()
    assert receiver.types()[2:] == ["interview.deleted"] * 2
    (one,), _ = await world.sent.page("acme", after=None, limit=9)
    assert (one.status, one.endpoint) == ("delivered", own_id(receiver.url))
    await world.later()
    assert not await world.is_kept()


async def test_one_of_an_interview_that_was_never_made_goes(world: World) -> None:
    await world.own.keep("i9", "acme", "https://example.org/in")
    await world.own.sweep()
    assert await world.is_kept("i9"), "it may be made in a moment"
    await world.later()
    assert not await world.is_kept("i9")


async def test_a_document_that_was_lost_is_made_up_for_by_the_specification(
    world: World, receiver: Receiver
) -> None:
    await world.begin(receiver.url)
    await world.own.drop("i1")
    await add(world.log, ended(), status="completed")
    await world.server.all()
    assert len(receiver.got) == 2


async def test_without_a_secret_it_waits_and_says_why(world: World, receiver: Receiver) -> None:
    await world.begin(receiver.url)
    await add(world.log, ended(), status="completed")
    secret = world.secrets.pop()
    await world.server.all()
    page, _ = await world.sent.page("acme", after=None, limit=9)
    assert page[-1].tries[0].error == "no secret is set that would sign it"
    world.secrets.append(secret)
    world.time.on(60.0)
    await world.server.all()
    assert len(receiver.got) == 2


async def test_one_that_is_gone_is_sent_nothing_more(world: World, receiver: Receiver) -> None:
    """Neither of this interview nor of another with the same URL."""
    receiver.behaves = answers(410)
    await world.begin(receiver.url)
    await add(world.log, ended(), status="completed")
    await world.begin(receiver.url, "i2")
    await world.server.all()
    await add(world.log, ended(), interview_id="i2", status="completed")
    await world.server.all()
    assert len(receiver.got) == 1


class Many:
    """Deliveries at many endpoints, one at each, all of them due until they are claimed."""

    def __init__(self, *endpoints: tuple[str, str]) -> None:
        self.waiting = list(endpoints)

    async def due(self, _limit: int) -> tuple[tuple[str, str], ...]:
        return tuple(self.waiting)

    async def claim(
        self, tenant: str, endpoint: str, *, ttl_s: float, limit: int
    ) -> tuple[Claim, ...]:
        del ttl_s, limit
        self.waiting.remove((tenant, endpoint))
        made = Delivery(
            id="msg_1", tenant=tenant, endpoint=endpoint, interview_id="i1", type="t", body="{}",
            created_s=1.0,
        )  # fmt: skip
        return (Claim("token", made),)

    async def settle(self, *_given: object, **_named: object) -> None:
        return None


class Receivers:
    """`OwnUrls` and `Sender` at once: whoever is in `hang` never answers, all others 500."""

    def __init__(self) -> None:
        self.hang = asyncio.Event()
        self.tried: Counter[str] = Counter()

    async def endpoint(self, _delivery: Delivery) -> WebhookEndpoint:
        return WebhookEndpoint("own", "https://example.org/", (SECRET,))

    async def send(self, _endpoint: WebhookEndpoint, delivery: Delivery) -> Attempt:
        self.tried[delivery.tenant] += 1
        await self.hang.wait()
        return Attempt(Try(1.0, 500, "500", 1))


async def test_urls_of_one_tenants_interviews_leave_room_for_others() -> None:
    """None of them ever answers; and what is known of them is forgotten again."""
    receivers, ready = Receivers(), WebhookEndpoint("crm", "https://example.org/", (SECRET,))
    many = [(tenant, own_id(f"{tenant}{n}")) for tenant in "abcdefgh" for n in range(40)]
    sent = Many(*many, ("z", "crm"), ("y", own_id("y")))
    dispatcher = Dispatcher(
        cast("Deliveries", sent), receivers, lambda _tenant, name: ready if name == "crm" else None,
        timeout_s=15.0, chance=lambda: 0.0, own=cast("OwnUrls", receivers),
    )  # fmt: skip
    await dispatcher.step()
    await asyncio.sleep(0)
    assert receivers.tried["z"] == 1
    assert receivers.tried["a"] == OWN_AT_ONCE
    assert receivers.tried.total() == MOST_OWN_AT_ONCE + 1
    receivers.hang.set()
    while sent.waiting:
        await asyncio.sleep(0)
        await dispatcher.step()
    await dispatcher.close()
    assert receivers.tried["y"] == 1
    assert not dispatcher._own_running


async def test_a_store_that_fails_costs_no_attempt_and_no_line_for_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Away(Receivers):
        async def endpoint(self, _delivery: Delivery) -> WebhookEndpoint:
            raise StoreUnavailable("gone")

    away = Away()
    dispatcher = Dispatcher(
        cast("Deliveries", Many(("a", own_id("1")))), away, lambda *_: None, timeout_s=15.0,
        own=cast("OwnUrls", away),
    )  # fmt: skip
    assert await dispatcher.step() == 1
    await until(lambda: not dispatcher._tasks)
    assert not away.tried
    assert not dispatcher.outcomes
    assert caplog.text == ""


async def test_no_more_than_so_many_that_fail_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "MOST_FAILING", 10)
    monkeypatch.setattr(dispatcher_module, "MOST_AT_ONCE", 5)
    receivers = Receivers()
    receivers.hang.set()
    sent = Many(*(("a", own_id(str(n))) for n in range(50)))
    dispatcher = Dispatcher(
        cast("Deliveries", sent), receivers, lambda *_: None, timeout_s=15.0,
        own=cast("OwnUrls", receivers),
    )  # fmt: skip
    while sent.waiting:
        await dispatcher.step()
        await asyncio.sleep(0)
    await dispatcher.close()
    assert len(dispatcher._ports) == 15
