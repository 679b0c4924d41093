"""Fixtures that every room's tests share. Helpers they return live in `tests/support`."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support import alone, leaks, limits, order, sharing, slots, slow_disk
from tests.support.env import free_port, require_speech_dir, require_tool
from tests.support.examples import register_profiles
from tests.support.forked import FORKER
from tests.support.nursery import NURSERY
from tests.support.preloaded import PRELOADER
from tests.support.redis_server import RedisServer
from tests.support.s3_server import FaultyProxy, S3Server, start_client_threads
from tests.support.server import kill_leftovers
from tests.support.virtual_time import VirtualTimeLoop

# A machine that runs tests is busy, and most tests are not about that.
os.environ.setdefault("MEDIA_SERVER_ADMIT_BY_LOAD", "off")
leaks.watch_loops()
register_profiles()


_loop_of_this_test: type[asyncio.AbstractEventLoop] = asyncio.SelectorEventLoop


def _new_loop() -> asyncio.AbstractEventLoop:
    return _loop_of_this_test()


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """One factory for all tests: if the next test had a different one, pytest-asyncio would close
    the loop of the session, and the browsers with it."""
    return {"loop": _new_loop}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.virtual_time`: the test runs on a clock that jumps."""
    global _loop_of_this_test  # noqa: PLW0603
    is_virtual = item.get_closest_marker("virtual_time") is not None
    assert not (is_virtual and order.in_a_browser(item)), "a browser takes real time"
    _loop_of_this_test = VirtualTimeLoop if is_virtual else asyncio.SelectorEventLoop


_IN_THE_SESSIONS_LOOP = pytest.mark.asyncio(loop_scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests share a browser (tests/browser/conftest.py), whose driver belongs to one loop."""
    if "open_browser" in metafunc.fixturenames:
        metafunc.definition.add_marker(_IN_THE_SESSIONS_LOOP, append=False)


def pytest_itemcollected(item: pytest.Item) -> None:
    order.note_as_written(item)
    if order.in_a_browser(item):
        item.add_marker(_IN_THE_SESSIONS_LOOP, append=False)


_memory_watch = pytest.StashKey[limits.MemoryWatch]()


def pytest_configure(config: pytest.Config) -> None:
    """The heap is bounded. Capturing has not begun, so what the watch writes is seen."""
    NURSERY.watch()
    limits.bound_heap()
    errors = os.fdopen(os.dup(2), "w")
    config.add_cleanup(errors.close)
    watch = limits.MemoryWatch(errors)
    watch.start()
    config.stash[_memory_watch] = watch


def pytest_unconfigure(config: pytest.Config) -> None:
    FORKER.stop()
    NURSERY.stop()
    config.stash[_memory_watch].stop()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is written when it happens: a run that is stopped early has told it."""
    if report.failed and not os.environ.get("PYTEST_XDIST_WORKER"):
        sys.stderr.write(f"\n{report.nodeid} ({report.when}) failed:\n{report.longreprtext}\n")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded and found now stays for the run: no collection of garbage needs to walk it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()  # what is garbage, too: to look for it takes longer than it is worth
        gc.enable()


@pytest.hookimpl(optionalhook=True)  # where pytest-xdist is
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    PRELOADER.start_for(config)


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart() -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        PRELOADER.end()


def pytest_addoption(parser: pytest.Parser) -> None:
    alone.add_option(parser)


@pytest.hookimpl(trylast=True)  # after pytest has brought together what shares a fixture
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    order.arrange(items)
    sharing.keep_kinds(config, items)
    alone.select(config, items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    alone.summarize(terminalreporter)


@pytest.hookimpl(optionalhook=True)  # where pytest-xdist is
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    return sharing.scheduler(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outside the test's timeout
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """`@pytest.mark.real_time`: not too many at once, and before all others."""
    sharing.lower_priority(item.config, item)
    run_id = slots.run_id_of_this_process()
    if not run_id or item.get_closest_marker("real_time") is None:
        return (yield)
    with slots.turn(run_id, browser="chromium_path" in getattr(item, "fixturenames", ())):
        return (yield)


@pytest.fixture(autouse=True, scope="module")
def _no_server_outlives_its_file() -> Iterator[None]:
    """One that a failed test did not stop would slow the tests after it, and outlive the run."""
    yield
    kill_leftovers()


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tasks, threads, descriptors and children are back to the baseline after every test.

    `@pytest.mark.may_leak("reason")` opts out; so does nothing else.
    """
    marker = request.node.get_closest_marker("may_leak")
    if marker is not None and not marker.args:
        pytest.fail("may_leak needs its reason", pytrace=False)
    if request.node.get_closest_marker("redis") is not None and shutil.which("redis-server"):
        # It belongs to the session, not to the test that happens to ask first.
        request.getfixturevalue("_shared_redis")
    if request.node.get_closest_marker("s3") is not None:
        request.getfixturevalue("_shared_s3")
    if "open_browser" in request.fixturenames:
        request.getfixturevalue("browsers")
    baseline = leaks.take_baseline()
    with order.measured(request.node):
        yield
    if marker is not None:
        return
    found = leaks.find_leaks(baseline)
    if found:
        pytest.fail("left behind by this test:\n  " + "\n  ".join(found), pytrace=False)


@pytest.fixture(autouse=True)
def _stores_may_take_their_time(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits in real time, or for what the product's limits end, has the product's."""
    if not any(map(request.node.get_closest_marker, ("real_time", "product_limits"))):
        slow_disk.be_patient(monkeypatch)


@pytest.fixture
def fresh_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voices and recognisers of this process are started in earnest, not forked."""
    monkeypatch.setattr(NURSERY, "enabled", False)


@pytest.fixture(scope="session")
def _shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _shared_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = S3Server(tmp_path_factory.mktemp("s3"))
    server.start()
    start_client_threads()
    yield server
    server.stop()


@pytest.fixture
def s3(_shared_s3: S3Server) -> S3Server:
    """Object storage (moto) with an empty bucket, shared by the session."""
    _shared_s3.clear()
    return _shared_s3


@pytest.fixture
async def s3_proxy(s3: S3Server) -> AsyncIterator[FaultyProxy]:
    """The way to `s3` on which things go wrong."""
    async with FaultyProxy(s3).open() as proxy:
        yield proxy


@pytest.fixture
def redis_url(_shared_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A real, empty Redis. Shared by the session: to stop or hurt one, take `redis_server`.

    It is never a silent one, also in real time."""
    slow_disk.be_patient_with_redis(monkeypatch)
    _shared_redis.command("FLUSHALL")
    return _shared_redis.url


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Both stores: empty (SQLite in the data directory), then that of an empty Redis."""
    return str(request.getfixturevalue("redis_url")) if request.param == "redis" else ""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A started Redis of this test's own, to stop, kill, pause and restart."""
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def speech_dir() -> Path:
    """Directory of recorded human speech (16 kHz mono WAV); skips where it is absent."""
    return require_speech_dir()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    return require_tool("chromium", "chromium-browser", "google-chrome", package="chromium")


@pytest.fixture(scope="session")
def flite_path() -> Path:
    return require_tool("flite", package="flite")


@pytest.fixture
def unused_tcp_port() -> int:
    return free_port()
