"""Places at a real server: real HTTP, service, store, transport, calls; the recogniser scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from media_server import waiting_room
from media_server.app import create_app
from media_server.config import Config, load_config
from media_server.live import capacity, load_admission
from media_server.live.interview_service import LiveInterviewService
from media_server.live.load_admission import LoadLimits, LoadSample
from media_server.ports import InterviewService
from media_server.ports.load import REFUSALS
from media_server.tenant_file import TenantBook
from media_server.tenants import key_digest
from media_server.tools.headless import HeadlessCandidate
from signaling import CONTEXT
from tests.live.bench import open_bench
from tests.signaling.test_real_service import AUDIO, HEAD
from tests.support.waiting import PATIENCE_S, until

KEY = "admission-key-0123456789"
API = {"Authorization": f"Bearer {KEY}"}
SPEC = {
    "questions": [{"id": "q1", "text": "What do you do?"}],
    "greeting": "Hello.",
    "consent": {"required": False},
}
Client = TestClient[Any, Any]


@asynccontextmanager
async def served(data_dir: Path, **settings: str) -> AsyncIterator[Client]:
    config = load_config(
        {
            "DATA_DIR": str(data_dir),
            "MEDIA_SERVER_API_KEY": KEY,
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            "MEDIA_SERVER_REQUESTS_PER_MINUTE": "100000",
            "MEDIA_SERVER_CALLS_PER_MINUTE": "1000",
            "MEDIA_SERVER_RTC_CONNECT_TIMEOUT_S": "120",
            **{f"MEDIA_SERVER_{name}": value for name, value in settings.items()},
        }
    )

    tenants = TenantBook(config.http.tenants).current

    @asynccontextmanager
    async def open_service(config: Config) -> AsyncIterator[InterviewService]:
        async with open_bench(data_dir, live=config.live, rtc=config.rtc, tenants=tenants) as bench:
            yield bench.service

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting_room, "GRACE_S", PATIENCE_S)  # a slow machine, no bad line
        async with TestClient(TestServer(create_app(config, open_service=open_service))) as opened:
            yield opened


def service_of(client: Client) -> LiveInterviewService:
    return cast("LiveInterviewService", cast("web.Application", client.app)[CONTEXT].live())


async def join(client: Client, key: str = KEY) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    created = await client.post("/v1/interviews", json=SPEC, headers=headers)
    link = (await created.json())["join_url"].rpartition("/")[2]
    joined = await client.post("/v1/join", json={"link": link})
    assert joined.status == 200, await joined.text()
    return dict(await joined.json())


async def offer(
    client: Client, joined: dict[str, Any], sdp: str = HEAD + AUDIO
) -> tuple[int, str, dict[str, str]]:
    """A pending call: nobody ever connects. Status, code, headers."""
    headers = {"Authorization": f"Bearer {joined['token']}", "Content-Type": "application/sdp"}
    async with client.post(URL(joined["whip_url"]).path, data=sdp, headers=headers) as r:
        code = "" if r.status == 201 else (await r.json())["code"]
        return r.status, code, dict(r.headers)


async def waiting_of(client: Client, joined: dict[str, Any]) -> tuple[str, int | None]:
    """Of an offer that is refused: what for, and how many have their turn before."""
    headers = {"Authorization": f"Bearer {joined['token']}", "Content-Type": "application/sdp"}
    async with client.post(URL(joined["whip_url"]).path, data=HEAD + AUDIO, headers=headers) as r:
        assert (r.status, r.content_type) == (503, "application/problem+json")
        problem = await r.json()
        assert problem["code"] == "full"
        return problem["waiting"]["waits_for"], problem["waiting"]["ahead"]


async def hang_up(client: Client, joined: dict[str, Any], headers: dict[str, str]) -> None:
    bearer = {"Authorization": f"Bearer {joined['token']}"}
    async with client.delete(URL(headers["Location"]).path, headers=bearer) as r:
        assert r.status == 200


async def call(client: Client, joined: dict[str, Any]) -> HeadlessCandidate:
    """Connected. Raises what the client raises when it is refused."""
    candidate = HeadlessCandidate(on_message=lambda _: None, microphone=False)
    candidate.only_loopback = True
    whip = str(client.make_url(URL(joined["whip_url"]).path))
    await candidate.connect(whip, joined["token"], client.session, timeout_s=PATIENCE_S)
    candidate.send({"type": "hello", "last_seq": 0})
    return candidate


async def readyz(client: Client) -> dict[str, Any]:
    async with client.get("/readyz") as r:
        found = dict(await r.json())
        assert r.status == (200 if found["ready"] else 503)
        return found


async def is_there(client: Client) -> bool:
    """For a balancer by which also those come who have begun."""
    async with client.get("/readyz", params={"newcomers": "wait"}) as r:
        return r.status == 200


async def test_twenty_races_for_ten_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 offers at once: ten are let in, never one more, never one fewer."""
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)  # however slow this machine is
    async with served(tmp_path, MAX_LIVE="10") as client:
        candidates = [await join(client) for _ in range(50)]
        for race in range(20):
            answers = await asyncio.gather(*(offer(client, joined) for joined in candidates))
            let_in = [answer for answer in answers if answer[0] == 201]
            refused = [answer for answer in answers if answer[0] != 201]
            assert len(let_in) == 10, f"race {race}"
            assert {(status, code) for status, code, _ in refused} == {(503, "full")}
            waits_s = sorted(int(headers["Retry-After"]) for _, _, headers in refused)
            assert race or waits_s[0] <= 3, "pending calls make room for who is next"
            assert waits_s[-1] <= 75
            ready = await readyz(client)
            assert (ready["ready"], ready["live"], ready["capacity"]) == (False, 10, 10)
            assert await is_there(client)
            await asyncio.gather(
                *(
                    hang_up(client, joined, headers)
                    for joined, (status, _, headers) in zip(candidates, answers, strict=True)
                    if status == 201
                )
            )
            assert (await readyz(client))["live"] == 0


async def test_too_much_load_keeps_out_newcomers_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)
    monkeypatch.setattr(load_admission, "PACE_S", 1e9)
    async with served(tmp_path, MAX_LIVE="9") as client:
        service = service_of(client)
        begun, first, second = [await join(client) for _ in range(3)]
        talker = await call(client, begun)
        talker.send({"type": "ready"})
        [session] = service.sessions()
        await until(lambda: session.state.started_s is not None)
        clock, gate = service._services.clock, service._health._meter.gate
        gate.limits = LoadLimits(cpu=0.9, window_s=0.0)
        gate.note(LoadSample(cpu=0.99), clock.now_s())
        ready = await readyz(client)
        assert not ready["ready"]
        assert ready["reasons"][0].startswith("busy: 99% of the CPU is in use")
        assert service.load().refuses == tuple(ready["reasons"])
        assert await is_there(client)
        assert await waiting_of(client, first) == ("load", 0)
        assert await waiting_of(client, second) == ("load", 1)
        await talker.vanish()
        back = await call(client, begun)

        gate.note(LoadSample(cpu=0.1), clock.now_s())
        assert (await readyz(client))["ready"]
        assert (await offer(client, second))[0] == 201
        assert await waiting_of(client, first) == ("load", 0), "one after another"
        again = await call(client, begun)
        monkeypatch.setattr(load_admission, "PACE_S", 0.0)
        assert (await offer(client, first))[0] == 201
        assert service.load().refused == {
            **dict.fromkeys(REFUSALS, 0), "cpu": 2, "pace": 1,
        }  # fmt: skip
        for candidate in (back, again):
            await candidate.leave()


async def test_one_interview_holds_one_place_however_often_it_asks(tmp_path: Path) -> None:
    async with served(tmp_path, MAX_LIVE="3") as client:
        strangers = [await join(client) for _ in range(2)]
        for joined in strangers:
            answers = await asyncio.gather(*(offer(client, joined) for _ in range(12)))
            assert {(s, code) for s, code, _ in answers} <= {(201, ""), (503, "replaced")}
            assert all(int(h["Retry-After"]) == 1 for s, _, h in answers if s == 503)
            assert any(status == 201 for status, _, _ in answers)
        assert (await readyz(client))["live"] == 2
        assert len(service_of(client)._calls) == 2, "the calls before the newest are closed"
        assert (await offer(client, await join(client)))[0] == 201


async def test_pending_calls_make_room_and_connected_ones_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)
    async with served(tmp_path, MAX_LIVE="3") as client:
        talker = await call(client, await join(client))
        for _ in range(2):
            assert (await offer(client, await join(client)))[0] == 201
        newcomers = [await join(client) for _ in range(3)]
        assert (await offer(client, newcomers[0]))[0] == 503
        monkeypatch.setattr(capacity, "FIRM_S", 0.0)
        first = await call(client, newcomers[0])
        second = await call(client, newcomers[1])
        assert (await offer(client, newcomers[2]))[0] == 503, "nobody who is there makes room"
        for candidate in (first, second, talker):
            await candidate.leave()


@pytest.mark.parametrize("same", [True, False])
async def test_an_offer_that_is_refused_ends_nobodys_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    monkeypatch.setattr(capacity, "FIRM_S", 0.0)
    async with served(tmp_path, MAX_LIVE="1") as client:
        joined = await join(client)
        assert (await offer(client, joined))[0] == 201
        [(_, pending)] = service_of(client)._calls._calls.values()
        newer = joined if same else await join(client)
        assert (await offer(client, newer, sdp=HEAD))[0] >= 400
        reason: str | None = pending.close_reason
        assert reason is None
        assert (await readyz(client))["live"] == 1
        assert (await offer(client, newer))[0] == 201
        reason = pending.close_reason
        assert reason == "superseded"
        assert (await readyz(client))["live"] == 1


async def test_demos_take_no_more_than_their_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity, "FIRM_S", 1e9)
    async with served(tmp_path, MAX_LIVE="6", MAX_DEMOS="2") as client:
        demos: list[tuple[dict[str, Any], tuple[int, str, dict[str, str]]]] = []
        for _ in range(4):
            made = await (await client.post("/v1/demo")).json()
            assert made["id"].startswith(capacity.DEMO_PREFIX)
            link = made["join_url"].rpartition("/")[2]
            joined = await (await client.post("/v1/join", json={"link": link})).json()
            consent = {"version": joined["page"]["consent"]["version"], "accepted": True}
            bearer = {"Authorization": f"Bearer {joined['token']}"}
            async with client.post("/v1/consent", json=consent, headers=bearer) as r:
                assert r.status == 204
            demos.append((joined, await offer(client, joined)))
        assert [answer[0] for _, answer in demos] == [201, 201, 503, 503]
        assert (await readyz(client))["ready"], "a candidate who was invited is let in"
        assert (await offer(client, await join(client)))[0] == 201
        (first, (_, _, headers)), _, (third, _), (fourth, _) = demos
        await hang_up(client, first, headers)
        assert await waiting_of(client, fourth) == ("place", 1), "in their order, too"
        assert (await offer(client, third))[0] == 201


async def test_a_tenant_has_no_more_places_than_its_own(tmp_path: Path) -> None:
    """30 offers at once: two of the tenant with a limit, all of the others'."""
    acme = "acme-key-0123456789"
    file = tmp_path / "tenants.toml"
    file.write_text(
        '[[tenants]]\nname = "acme"\nlimits = { max_live = 2 }\n'
        f'keys = [{{ sha256 = "{key_digest(acme).hex()}", scopes = ["write"] }}]\n'
    )
    async with served(tmp_path, MAX_LIVE="40", TENANTS=str(file)) as client:
        theirs = [await join(client, acme) for _ in range(20)]
        others = [await join(client) for _ in range(10)]
        for _ in range(5):
            answers = await asyncio.gather(*(offer(client, one) for one in (*theirs, *others)))
            own = answers[:20]
            let_in = [n for n, answer in enumerate(own) if answer[0] == 201]
            assert len(let_in) == 2
            refused = [answer for answer in own if answer[0] != 201]
            assert {(status, code) for status, code, _ in refused} == {(503, "full")}
            assert all(int(headers["Retry-After"]) > 0 for _, _, headers in refused)
            assert [answer[0] for answer in answers[20:]] == [201] * 10
            again = await offer(client, theirs[let_in[0]])
            assert again[0] == 201, "who is in may call again"
            own[let_in[0]] = again
            for n in let_in:
                await hang_up(client, theirs[n], own[n][2])
            for joined, answer in zip(others, answers[20:], strict=True):
                await hang_up(client, joined, answer[2])
        counted = service_of(client).media().counters["calls_refused_tenant_full"]
        assert counted == 5 * 18


async def test_who_loses_the_line_at_a_full_server_is_back_before_all_others(
    tmp_path: Path,
) -> None:
    """In mid-answer, while everybody else asks for the place all the time."""
    async with served(tmp_path, MAX_LIVE="2") as client:
        talker, other = await join(client), await join(client)
        talking, neighbour = await call(client, talker), await call(client, other)
        for candidate in (talking, neighbour):
            candidate.send({"type": "ready"})
        live = {session.interview_id: session for session in service_of(client).sessions()}
        await until(lambda: all(s.state.status.value == "listening" for s in live.values()))
        newcomers = [await join(client) for _ in range(5)]
        await talking.vanish()
        tries: list[int] = []

        async def compete() -> None:
            while True:
                tries.extend([(await offer(client, joined))[0] for joined in newcomers])

        crowd = asyncio.create_task(compete())
        back = await call(client, talker)
        back.send({"type": "ready"})
        # The other way round: the server has noticed, the call is gone, the place is kept.
        await neighbour.vanish()
        service = service_of(client)
        [gone] = [c for i, c in service._calls._calls.values() if i == other["interview"]]
        gone.shut("gone")
        await until(lambda: live[other["interview"]].state.status.value == "disconnected")
        await asyncio.sleep(0.2)
        again = await call(client, other)
        crowd.cancel()
        await asyncio.gather(crowd, return_exceptions=True)
        assert set(tries) == {503}, "a newcomer took a place that was kept"
        for candidate in (back, again):
            await candidate.leave()
