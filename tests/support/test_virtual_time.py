from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.virtual_time import START_S, LoopClock, StuckError, run_virtual


@pytest.mark.virtual_time
async def test_an_hour_of_sleep_takes_no_time() -> None:
    real_s, clock = time.monotonic(), LoopClock()
    await asyncio.sleep(3_600)
    assert clock.now_s() == pytest.approx(START_S + 3_600)
    assert time.monotonic() - real_s < 30


@pytest.mark.virtual_time
async def test_timeouts_fire_in_virtual_time() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1_800):
            await asyncio.Event().wait()
    assert LoopClock().now_s() == pytest.approx(START_S + 1_800)


@given(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=20, unique=True))
def test_timers_fire_in_order_and_on_time(delays_ms: list[int]) -> None:
    async def main() -> list[tuple[int, float]]:
        fired: list[tuple[int, float]] = []

        async def wait(delay_ms: int) -> None:
            await asyncio.sleep(delay_ms / 1000)
            fired.append((delay_ms, LoopClock().now_s() - START_S))

        await asyncio.gather(*(wait(delay_ms) for delay_ms in delays_ms))
        return fired

    fired = run_virtual(main())
    assert [delay_ms for delay_ms, _ in fired] == sorted(delays_ms)
    for delay_ms, at_s in fired:
        assert at_s == pytest.approx(delay_ms / 1000, abs=1e-6)


@pytest.mark.virtual_time
async def test_work_in_a_thread_takes_real_time_and_beats_a_later_deadline() -> None:
    async with asyncio.timeout(60):
        await asyncio.to_thread(time.sleep, 0.05)
    assert 0.02 <= LoopClock().now_s() - START_S < 60  # the thread may start before the poll
    await asyncio.sleep(600)
    assert LoopClock().now_s() - START_S >= 600


@pytest.mark.virtual_time
async def test_sockets_on_the_same_loop_work() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(20):
        writer.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


@pytest.mark.may_leak("the point is a task that can never end")
def test_a_run_in_which_nothing_can_happen_says_so() -> None:
    with pytest.raises(StuckError):
        run_virtual(asyncio.Event().wait())


async def test_without_the_marker_time_is_real() -> None:
    assert asyncio.get_running_loop().time() == pytest.approx(time.monotonic(), abs=5)


@pytest.mark.virtual_time
def test_virtual_time_names_the_same_loop_factory(request: pytest.FixtureRequest) -> None:
    """With another one pytest-asyncio would close the loop of the session, and the browsers too."""
    ask = request.config.hook.pytest_asyncio_loop_factories
    virtual, real = request.node, request.node.parent
    assert virtual.get_closest_marker("virtual_time") is not None
    assert real.get_closest_marker("virtual_time") is None
    assert ask(config=request.config, item=virtual) == ask(config=request.config, item=real)
