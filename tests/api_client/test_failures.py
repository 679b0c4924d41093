"""What goes wrong on the way: what is tried again, what is not, and what each error says."""

from __future__ import annotations

import io
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import httpx
import pytest

from media_server.api_client import (
    ApiError,
    AsyncClient,
    Client,
    Forbidden,
    Invalid,
    NotFound,
    NotUnderstood,
    Unavailable,
    Unreachable,
)
from media_server.api_client.tries import Tries
from tests.api_client.script import URL, Script, Stream, both, created, problem
from tests.signaling.conftest import KEY


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long they would have waited between tries; a server on loopback needs no wait."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("media_server.api_client.blocking.time", _Time(waited))
    monkeypatch.setattr("media_server.api_client.concurrent.asyncio", _Sleeps(sleep))
    return waited


class _Time:
    def __init__(self, waited: list[float]) -> None:
        self.sleep, self.monotonic = waited.append, time.monotonic


class _Sleeps:
    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.sleep = sleep


async def test_a_creation_is_repeated_under_one_key(no_waiting: list[float]) -> None:
    def script() -> Script:
        return Script(
            httpx.ConnectError("refused"),
            httpx.ReadError("reset"),
            problem(503, **{"Retry-After": "2"}),
            created(),
        )

    for answer, sent in await both(script, "create", {"questions": ["Who are you?"]}):
        assert answer.id == "iv_1"
        assert answer.model_extra == {"of_a_newer_server": 1}
        keys = {request.headers["Idempotency-Key"] for request in sent.requests}
        assert (len(sent.requests), len(keys)) == (4, 1)
    assert len(no_waiting) == 6
    assert no_waiting[2] >= 2.0
    assert no_waiting[5] >= 2.0


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (httpx.ConnectError("refused"), 2),  # nobody has seen it
        (problem(503), 2),
        (problem(429, "too_many_requests"), 2),
        (httpx.ReadError("reset"), 1),  # it may have been cancelled by this
        (problem(502), 1),
        (problem(409, "already_over"), 1),
        (problem(500), 1),
    ],
    ids=["refused", "503", "429", "reset", "502", "409", "500"],
)
async def test_what_may_have_been_done_is_not_done_again(
    failure: httpx.Response | Exception, tries: int
) -> None:
    for _, sent in await both(lambda: Script(failure, created()), "cancel", "iv_1"):
        assert len(sent.requests) == tries


async def test_erased_by_the_try_before() -> None:
    gone = problem(404, "unknown_interview")
    for answer, sent in await both(lambda: Script(httpx.ReadError("reset"), gone), "erase", "iv_1"):
        assert (answer, len(sent.requests)) == (None, 2)
    for answer, _ in await both(lambda: Script(gone), "erase", "iv_1"):
        assert isinstance(answer, NotFound)


async def test_what_was_never_there_was_not_erased_by_a_try_that_was_refused() -> None:
    gone = problem(404, "unknown_interview")
    refusals = (httpx.ConnectError("refused"), problem(429), problem(503, "draining"))
    for refusal in refusals:
        script = partial(Script, refusal, gone)
        for answer, sent in await both(script, "erase", "iv_1"):
            assert isinstance(answer, NotFound)
            assert len(sent.requests) == 2


@pytest.mark.parametrize(
    ("ask", "args"),
    [("create_report_link", ("iv_1",)), ("replay_delivery", ("msg_1",)), ("cancel", ("iv_1",))],
)
async def test_what_the_store_may_have_written_is_not_written_twice(
    ask: str, args: tuple[str, ...]
) -> None:
    for answer, sent in await both(lambda: Script(problem(503, "store_unavailable")), ask, *args):
        assert isinstance(answer, Unavailable)
        assert len(sent.requests) == 1


async def test_it_is_given_up() -> None:
    for answer, sent in await both(lambda: Script(problem(503)), "get", "iv_1"):
        assert isinstance(answer, Unavailable)
        assert len(sent.requests) == 6
    late = problem(503, **{"Retry-After": "3600"})
    for answer, sent in await both(lambda: Script(late), "get", "iv_1"):
        assert (answer.retry_after_s, len(sent.requests)) == (3600.0, 1)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, text="<html>a proxy</html>"), NotUnderstood),
        (httpx.Response(200, json={"id": 1}), NotUnderstood),
        (httpx.Response(200, content=b"[" * 100_000), NotUnderstood),
        (httpx.Response(302, headers={"Location": "http://elsewhere.test/"}), NotUnderstood),
        (httpx.Response(500, text="oops"), ApiError),
        (httpx.Response(404, text="<html>not here</html>"), NotFound),
        (httpx.Response(422, json={"detail": "d", "errors": [1, {"pointer": "#/a"}]}), Invalid),
        (httpx.Response(418, json=[1]), NotUnderstood),
        (httpx.Response(403, json={"detail": "no scope", "code": "missing_scope"}), Forbidden),
    ],
)
async def test_answers_of_others(answer: httpx.Response, kind: type[ApiError]) -> None:
    for error, sent in await both(lambda: Script(answer), "get", "iv_1"):
        assert isinstance(error, kind), error
        assert len(sent.requests) == 1
        assert all(request.url.host == "media.test" for request in sent.requests)


async def test_a_log_that_breaks_off_is_not_taken_for_all() -> None:
    def broken() -> Script:
        begun = b'{"interview": "iv_1"}\n{"seq": 1'
        lost = httpx.RemoteProtocolError("peer closed connection")
        return Script(httpx.Response(200, stream=Stream(begun, error=lost)))

    with Client(URL, KEY, transport=broken()) as client:
        with pytest.raises(Unreachable):
            list(client.log("iv_1"))
        with pytest.raises(Unreachable):
            client.bundle("iv_1", io.BytesIO())
    async with AsyncClient(URL, KEY, transport=broken()) as two:
        with pytest.raises(Unreachable):
            [line async for line in two.log("iv_1")]


STREAM = (
    b'retry: 2000\n\n: still here\n\nid: 3\nevent: interview.started\ndata: {"a":1}\n\n',
    b"id: 4\r\nevent: interview.en",
    b'ded\r\ndata: {"a":\ndata: 2}\r\n\r\nevent: words.final\ndata: {}\n\n',
    b"id: 4-final\nevent: end\ndata: {}\n\nevent: after\ndata: {}\n\n",
)


def lost_on_the_way() -> Script:
    return Script(
        httpx.Response(200, stream=Stream(STREAM[0], error=httpx.ReadError("reset"))),
        problem(503),
        httpx.Response(200, stream=Stream(STREAM[1])),  # half an event is none
        httpx.Response(200, stream=Stream(*STREAM[1:])),
    )


async def test_events_go_on_where_the_stream_was_lost() -> None:
    blocking, concurrent = lost_on_the_way(), lost_on_the_way()
    with Client(URL, KEY, transport=blocking) as client:
        found = [list(client.events("iv_1"))]
    async with AsyncClient(URL, KEY, transport=concurrent) as other:
        found.append([event async for event in other.events("iv_1")])
    for events in found:
        assert [(event.name, event.id) for event in events] == [
            ("interview.started", "3"),
            ("interview.ended", "4"),
            ("words.final", ""),
            ("end", "4-final"),
        ]
        assert [event.data for event in events[:2]] == [{"a": 1}, {"a": 2}]
    for script in (blocking, concurrent):
        asked = [request.headers.get("Last-Event-ID") for request in script.requests]
        assert asked == [None, "3", "3", "3"]


class _Quiet(Stream):
    """A stream that is open for an hour before it is lost."""

    def __init__(self, pass_time: Callable[[], None]) -> None:
        super().__init__(STREAM[0], error=httpx.ReadError("reset"))
        self.pass_time = pass_time

    def __iter__(self) -> Iterator[bytes]:
        yield STREAM[0]
        self.pass_time()
        raise httpx.ReadError("reset")


async def test_a_stream_that_was_quiet_for_long_is_taken_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [0.0]

    def hour() -> None:
        now_s[0] += 3_600.0

    class Clock:
        monotonic = staticmethod(lambda: now_s[0])
        sleep = staticmethod(lambda _seconds: None)

    for module in ("blocking", "concurrent"):
        monkeypatch.setattr(f"media_server.api_client.{module}.time", Clock)

    def script() -> Script:
        quiet = httpx.Response(200, stream=_Quiet(hour))
        return Script(quiet, problem(503), httpx.Response(200, stream=Stream(*STREAM[1:])))

    with Client(URL, KEY, transport=script()) as client:
        assert [event.name for event in client.events("iv_1")][-1] == "end"
    async with AsyncClient(URL, KEY, transport=script()) as other:
        assert [event.name async for event in other.events("iv_1")][-1] == "end"


async def test_events_of_one_that_is_over_and_of_none() -> None:
    with Client(URL, KEY, transport=Script(httpx.Response(204))) as client:
        assert list(client.events("iv_1", after="4-final")) == []
        with pytest.raises(Invalid):
            list(client.events("iv_1", after="4\n"))
    with Client(URL, KEY, transport=Script(problem(404))) as client, pytest.raises(NotFound):
        list(client.events("iv_1"))


def test_waits_grow_and_end_before_the_deadline() -> None:
    tries, now_s, waits = Tries(3.0, 100.0), 100.0, []
    failure = Unreachable("gone")
    while (wait := tries.wait_s(failure, repeatable=True, now_s=now_s, chance=0.5)) is not None:
        waits.append(wait)
        now_s += wait
    assert waits == [0.25, 0.5, 1.0]
    assert now_s < 103.0
