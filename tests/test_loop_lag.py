"""The loop's lag is counted, shown in /metrics, and gone with its timer."""

from __future__ import annotations

import asyncio
import time

import pytest

from media_server.loop_lag import LagWindow, LoopLag
from media_server.metrics import HttpMetrics, render

pytestmark = pytest.mark.real_time


async def test_a_callback_that_holds_the_loop_is_counted() -> None:
    lag = LoopLag()
    lag.start()
    while lag.distribution().count < 3:
        await asyncio.sleep(0.01)
    time.sleep(0.08)  # noqa: ASYNC251  # the fault that is to be seen
    while lag.distribution().sum_s < 0.06:
        await asyncio.sleep(0.01)
    lag.stop()
    found = lag.distribution()
    below_50_ms = next(count for bound_s, count in found.buckets if bound_s == 0.05)
    assert below_50_ms < found.count
    assert [count for _, count in found.buckets] == sorted(count for _, count in found.buckets)


async def test_after_stop_nothing_is_counted_any_more() -> None:
    lag = LoopLag()
    lag.start()
    lag.stop()
    before = lag.distribution().count
    await asyncio.sleep(0.05)
    assert lag.distribution().count == before


async def test_metrics_tell_it() -> None:
    metrics = HttpMetrics()
    metrics.lag.start()
    while not metrics.lag.distribution().count:
        await asyncio.sleep(0.01)
    metrics.lag.stop()
    text = render(metrics.registry).decode()
    assert 'media_server_loop_lag_seconds_bucket{le="0.02"}' in text
    assert "media_server_loop_lag_seconds_count" in text


async def test_a_window_forgets_what_is_over() -> None:
    lag = LoopLag()
    window = LagWindow(lag, 2)
    assert window.most_s(0.99) == 0.0
    window.look()
    lag.start()
    while lag.distribution().count < 2:
        await asyncio.sleep(0.01)
    time.sleep(0.15)  # noqa: ASYNC251  # the fault that is to be seen
    while lag.distribution().sum_s < 0.1:
        await asyncio.sleep(0.01)
    lag.stop()
    window.look()
    assert window.most_s(0.99) >= 0.2
    window.look()
    assert window.most_s(0.99) >= 0.2, "of two looks"
    assert window.most_s(0.99, looks=1) == 0.0
    window.look()
    assert window.most_s(0.99) == 0.0
