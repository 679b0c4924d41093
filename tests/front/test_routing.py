"""Which worker a request reaches, and what the front says of all of them together."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from media_server import placement, worker_socket
from media_server.app import create_app
from media_server.config import Config
from media_server.entrance import SocketName
from media_server.front import proxy, workers
from media_server.front.addressing import About, about, of_join
from media_server.front.figures import merge
from media_server.front.pins import Pins
from media_server.http_settings import HttpSettings
from media_server.ports import InterviewService
from media_server.store.settings import StoreSettings
from signaling.front_peer import REFUSED
from tests.front.fakes import FakeWorker, House, house, role_in
from tests.signaling.memory_service import MemoryService
from tests.support.waiting import until


def token_for(interview: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": interview}).encode()).rstrip(b"=")
    return f"Bearer e30.{claims.decode()}.c2ln"


def test_which_interview_a_request_is_about() -> None:
    assert about("POST", "/whip/abc") == About("abc", offer=True, candidate=True)
    assert about("GET", "/v1/calls/abc/text") == About("abc", offer=True, candidate=True)
    for method, path in (
        ("GET", "/whip/abc"),
        ("OPTIONS", "/whip/abc"),
        ("PATCH", "/whip/abc/call"),
        ("DELETE", "/whip/abc/call"),
        ("POST", "/v1/calls/abc/connectivity"),
    ):
        assert about(method, path) == About("abc", candidate=True), path
    for method, path in (
        ("GET", "/v1/interviews/abc"),
        ("GET", "/v1/interviews/abc/events"),
        ("GET", "/r/abc"),
        ("GET", "/j/abc.c2ln"),
    ):
        assert about(method, path) == About("abc"), path
    for path in ("/v1/consent", "/v1/transcript", "/v1/rehearsals", "/v1/rehearsals/x"):
        assert about("POST", path, token_for("abc")) == About("abc", candidate=True), path
    for path in ("/", "/v1/interviews", "/v1/templates/abc", "/client/whip/abc", "/j/x", "/whip/ä"):
        assert about("GET", path, token_for("abc")) == About(), path
    for token in ("", "Basic abc", "Bearer a.b.c", "Bearer a.W10.c", token_for("../x"), "Bearer ="):
        assert about("POST", "/v1/consent", token).interview is None, token
    for body in (
        b'{"link": "https://host/x/j/abc.c2ln?lang=de"}',
        b'{"link": "abc.c2ln"}',
        b'{"resume": "abc.c2ln"}',
    ):
        assert of_join(body) == "abc"
    for body in (b"", b"[]", b'{"link": 1}', b"[" * 5000, b"\xff"):
        assert of_join(body) is None


def test_pins_are_bounded_and_forgotten() -> None:
    pins = Pins(keep_s=10.0, most=2)
    for number, key in enumerate("abc"):
        pins.put(key, number, 0.0)
    assert [pins.find(key, 10.0) for key in "abc"] == [None, 1, 2]
    assert pins.find("b", 10.1) is None


async def offer(there: House, interview: str) -> int:
    async with there.client.post(f"{there.url}/whip/{interview}", data=b"v=0") as answer:
        return answer.status


async def asked(there: House, method: str, path: str, **more: str) -> int:
    async with there.client.request(method, there.url + path, headers=more) as answer:
        return int((await answer.json())["worker"])


async def test_a_call_is_placed_and_found_again(tmp_path: Path) -> None:
    one, two = FakeWorker(1, in_call=3), FakeWorker(2)
    async with house(tmp_path, one, two) as there:
        assert await offer(there, "abc") == 201
        assert two.places == {"abc"}
        for method, path in (("PATCH", "/whip/abc/call"), ("DELETE", "/whip/abc/call")):
            assert await asked(there, method, path) == 2
        assert await asked(there, "POST", "/v1/consent", Authorization=token_for("abc")) == 2
        one.places.add("other")
        seen = one.reports
        await until(lambda: one.reports > seen + 1)
        assert await asked(there, "GET", "/v1/interviews/other") == 1
        async with there.client.post(f"{there.url}/v1/join", json={"link": "other.c2ln"}) as answer:
            assert (await answer.json())["worker"] == 1


async def test_a_client_stays_with_one_worker_while_it_is_there(tmp_path: Path) -> None:
    """So that a worker's limits count what it asks. Whoever it is: a key, else an address."""
    one, two = FakeWorker(1), FakeWorker(2, in_call=1)
    async with house(tmp_path, one, two, trusted_proxies=("127.0.0.1",)) as there:
        assert await asked(there, "GET", "/x") == 1
        one.load, seen = two.load, one.reports
        one.places |= {"a", "b", "c"}
        await until(lambda: one.reports > seen + 1)
        assert await asked(there, "GET", "/x") == 1
        forwarded = {"X-Forwarded-For": "203.0.113.7"}
        assert await asked(there, "GET", "/x", **forwarded) == 2
        assert await asked(there, "GET", "/x", Authorization="Bearer key") == 2
        await one.stop()
        async with asyncio.timeout(30):
            assert await asked(there, "GET", "/x") == 2


async def test_a_worker_that_is_replaced_keeps_its_calls_to_their_end(tmp_path: Path) -> None:
    """The one that takes its name gets whoever comes; what concerns a call still reaches the old
    one, and a call that begins anew does not."""
    old, new = FakeWorker(1), FakeWorker(1)
    new.instance = "another"
    async with house(tmp_path, old) as there:
        assert await offer(there, "abc") == 201
        await new.start(role_in(tmp_path, 1))
        try:
            await until(lambda: new.reports and there.front.workers.named(1) is not None)
            seen = (old.reports, new.reports)
            await until(lambda: old.reports > seen[0] + 1 and new.reports > seen[1] + 1)
            async with there.client.get(f"{there.url}/x") as answer:
                assert answer.status == 200
            assert new.asked == ["/x"]
            assert await asked(there, "PATCH", "/whip/abc/call") == 1
            assert old.asked == ["abc", "/whip/abc/call"]
            assert await offer(there, "abc") == 201
            assert new.places == {"abc"}
            key = {"Authorization": "Bearer figures"}
            async with there.client.get(f"{there.url}/metrics", headers=key) as answer:
                assert 'worker="1-beside"' in await answer.text()
        finally:
            await new.stop()


async def test_fifty_offers_at_once(tmp_path: Path) -> None:
    one, two = FakeWorker(1, capacity=3), FakeWorker(2, capacity=4)
    async with house(tmp_path, one, two, max_connections_per_address=1000) as there:
        found = Counter(await asyncio.gather(*(offer(there, f"i{n}") for n in range(50))))
        assert found == {201: 7, 503: 43}
        assert (len(one.places), len(two.places)) == (3, 4)


async def test_places_are_kept_for_those_of_a_worker_that_died(tmp_path: Path) -> None:
    one, two = FakeWorker(1, capacity=1), FakeWorker(2, capacity=1)
    async with house(tmp_path, one, two) as there:
        assert await offer(there, "begun") == 201
        dead, left = (one, two) if one.places else (two, one)
        seen = dead.reports
        await until(lambda: dead.reports > seen + 1)
        await dead.stop()
        await until(lambda: there.front.workers.named(dead.number) is None)
        async with there.client.post(f"{there.url}/whip/new", data=b"v=0") as answer:
            assert answer.status == 503, "a newcomer takes no place that is kept"
            problem = await answer.json()
            assert problem["code"] == "full"
            assert "kept for 1 candidates" in problem["detail"]
        async with there.client.get(f"{there.url}/readyz") as answer:
            assert answer.status == 503
        assert await offer(there, "begun") == 201
        assert left.places == {"begun"}


async def test_who_asks_and_leaves_holds_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An offer without a credential, whose client does not wait to hear so. A place that nobody
    knows about would else be held, and again and again."""
    monkeypatch.setattr(placement, "UNSURE_S", 1e9)
    monkeypatch.setattr(proxy, "LAST_WORD_S", 60.0)
    one = FakeWorker(1, capacity=1)
    async with house(tmp_path, one) as there:
        site = there.front.site
        assert site is not None
        _, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(
            b"POST /whip/stranger HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\n"
            b"Content-Length: 3\r\n\r\nv=0"
        )
        await until(lambda: one.asked == ["stranger"])
        assert (site.open_connections, there.reserved) == (1, 1)
        writer.transport.abort()
        await until(lambda: site.open_connections == 0)
        one.may_go_on.set()
        await until(lambda: there.reserved == 0)


async def test_a_call_in_writing_without_a_credential_holds_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while its line stays open; and who has one holds it until the worker ends the line."""
    monkeypatch.setattr(placement, "UNSURE_S", 1e9)
    one = FakeWorker(1, capacity=1)
    async with house(tmp_path, one) as there:
        url = f"{there.url}/v1/calls/abc/text"
        async with there.client.ws_connect(f"{url}?stranger") as line:
            assert REFUSED not in line._response.headers, "for the front alone"
            await until(lambda: there.reserved == 0)
        # A client that lets the worker close the connection, as browsers do (RFC 6455 §7.1.1).
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(
            b"GET /v1/calls/abc/text HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        seen = one.reports
        await until(lambda: one.reports > seen + 1)
        assert there.reserved == 1
        bye, close = b"\x81\x83\0\0\0\0bye", b"\x88\x80\0\0\0\0"
        writer.write(bye + close)
        assert b"as asked" in await reader.read()
        writer.close()
        await until(lambda: there.reserved == 0)


async def test_another_worker_has_it_is_looked_up_once(tmp_path: Path) -> None:
    one, two = FakeWorker(1), FakeWorker(2, in_call=5)
    async with house(tmp_path, one, two) as there:

        def elsewhere(interview: str) -> bool:
            two.places.add(interview)  # which the front has not heard yet
            return True

        one.elsewhere = elsewhere
        assert await offer(there, "abc") == 201
        assert (one.asked, two.asked) == (["abc"], ["abc"])
        two.elsewhere = lambda _: True
        async with there.client.post(f"{there.url}/whip/abc", data=b"v=0") as answer:
            assert answer.status == 503
            assert (await answer.json())["code"] == "elsewhere", "its own words"


async def test_many_who_look_at_one_that_hangs_wait_once(tmp_path: Path) -> None:
    """As do the candidates of a worker that stands still, when others say that it has them."""
    one, two = FakeWorker(1), FakeWorker(2)
    async with house(tmp_path, one, two) as there:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workers, "POLL_DEADLINE_S", 0.3)
            one.hangs, seen = True, one.reports
            await asyncio.gather(*(there.front.workers.look_at_all() for _ in range(50)))
            assert one.reports - seen < 10


async def test_alive_and_ready(tmp_path: Path) -> None:
    one, two = FakeWorker(1, capacity=3, in_call=1), FakeWorker(2, capacity=4)
    one.ready = False
    async with house(tmp_path, one, two, count=3) as there:
        async with there.client.get(f"{there.url}/readyz") as answer:
            assert answer.status == 200
            found = await answer.json()
            assert (found["ready"], found["live"], found["capacity"]) == (True, 1, 7)
            assert found["reasons"] == [
                "worker 1: busy: for the test",
                "worker 3: it is starting, or does not answer",
            ]
        two.ready, seen = False, two.reports
        await until(lambda: two.reports > seen + 1)
        async with there.client.get(f"{there.url}/readyz") as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "3"
            assert "waits" not in await answer.json()
        patient = f"{there.url}/readyz?newcomers=wait"
        async with there.client.get(patient) as answer:
            assert answer.status == 503, "it lacks something"
        two.waits, seen = True, two.reports
        await until(lambda: two.reports > seen + 1)
        async with there.client.get(patient) as answer:
            assert (answer.status, (await answer.json())["ready"]) == (200, False)
        async with there.client.get(f"{there.url}/healthz") as answer:
            assert await answer.json() == {"status": "ok"}


async def test_figures_of_all_for_whom_a_worker_lets(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1), FakeWorker(2)) as there:
        async with there.client.get(f"{there.url}/metrics") as answer:
            assert answer.status == 401
        key = {"Authorization": "Bearer figures"}
        async with there.client.get(f"{there.url}/metrics", headers=key) as answer:
            assert answer.status == 200
            text = await answer.text()
    families = {one.name: one for one in text_string_to_metric_families(text)}
    calls = {one.labels["worker"]: one.value for one in families["calls"].samples}
    assert calls == {"1": 1.0, "2": 2.0}
    assert families["wait_seconds"].type == "histogram"
    assert text.count("# TYPE wait_seconds ") == 1
    lag = families["media_server_loop_lag_seconds"].samples
    assert {one.labels["worker"] for one in lag} == {"front"}
    assert "media_server_front_refused" in families


async def test_operations_are_of_all_workers_for_whom_they_let(tmp_path: Path) -> None:
    async with house(tmp_path, FakeWorker(1), FakeWorker(2), count=3) as there:
        async with there.client.get(f"{there.url}/v1/ops") as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "missing_scope")
        key = {"Authorization": "Bearer ops"}
        async with there.client.get(f"{there.url}/v1/ops", headers=key) as answer:
            found = await answer.json()
            assert [one["number"] for one in found["workers"]] == [1, 2]
            assert found["silent"] == [3]
        async with there.client.get(f"{there.url}/v1/ops", headers=key, data=b"x" * 99) as answer:
            assert answer.status == 200, "nobody waits for a body, or gets a part of it"
            assert (await answer.json())["silent"] == [3]
        url = f"{there.url}/v1/ops/turns?limit=3"
        async with there.client.get(url, headers=key) as answer:
            turns = (await answer.json())["turns"]
            assert [one["waited_s"] for one in turns] == [3.5, 2.5, 2.5]


def test_merged_figures_keep_their_labels() -> None:
    text = '# HELP a_total A\n# TYPE a_total counter\na_total{kind="x\\n\\"y\\""} 1.0\n'
    merged = merge({"1": text, "2": text}).decode()
    assert merged.splitlines() == [
        "# HELP a_total A",
        "# TYPE a_total counter",
        'a_total{kind="x\\n\\"y\\"",worker="1"} 1.0',
        'a_total{kind="x\\n\\"y\\"",worker="2"} 1.0',
    ]


@asynccontextmanager
async def _service(_: Config) -> AsyncIterator[InterviewService]:
    yield MemoryService()


@asynccontextmanager
async def real_worker(directory: Path, http: HttpSettings) -> AsyncIterator[None]:
    """The whole HTTP side of a server, on a worker's socket."""
    config = Config(http=http, store=StoreSettings(data_dir=directory / "data"))
    app = create_app(config, open_service=_service)
    worker_socket.add_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        path = role_in(directory, 1).socket_of(1)
        assert path is not None
        name = SocketName(path)
        await worker_socket.WorkerSite(runner, name.draft).start()
        name.take()
        yield
    finally:
        await runner.cleanup()


async def test_a_real_worker_sees_its_clients_as_without_a_front(tmp_path: Path) -> None:
    """Limits by address, links with a name that is believed, and what came through a proxy."""
    http = HttpSettings(api_keys=("k" * 20,), requests_per_minute=4)
    async with (
        real_worker(tmp_path, http),
        house(tmp_path, count=1) as there,
        aiohttp.ClientSession() as client,
    ):
        key = {"Authorization": "Bearer " + "k" * 20}
        body = {"questions": [{"id": "q1", "text": "Why?"}]}
        headers = {**key, "Host": f"evil.example:{there.port}"}
        async with client.post(f"{there.url}/v1/interviews", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            named = (await answer.json())["join_url"]
            assert named.startswith(f"http://127.0.0.1:{there.port}/j/"), "not the Host it sent"
        async with client.get(f"{there.url}/metrics") as answer:
            assert answer.status == 200
            assert 'media_server_ready{worker="1"} 1.0' in await answer.text()
        async with client.get(f"{there.url}/metrics", headers={"Via": "1.1 proxy"}) as answer:
            assert answer.status == 401
        assert b" 401 " in (await there.raw(b"GET /metrics HTTP/1.0\r\n\r\n")).splitlines()[0]
        async with client.get(f"{there.url}/readyz") as answer:
            assert answer.status == 200
        for protocols, refused in ((("interview.v1", "bearer.x"), 401), (("interview.v1",), 401)):
            url = f"{there.url}/v1/calls/abc/text"
            async with client.ws_connect(url, protocols=protocols) as line:
                assert (await line.receive_json())["status"] == refused
                assert there.reserved == 0, "a worker says that the credential is refused"
        statuses = []
        for number in range(6):
            spoofed = {"X-Forwarded-For": f"203.0.113.{number}"}
            async with client.post(
                f"{there.url}/v1/join", json={"link": "x.y"}, headers=spoofed
            ) as answer:
                statuses.append(answer.status)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert statuses[-1] == 429, "no address but the connection's own is counted"
