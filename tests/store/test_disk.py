"""The thread that writes audio."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from media_server.store.disk import DiskThread


async def test_an_answer_that_came_while_the_loop_was_late_is_taken() -> None:
    answered = threading.Event()

    class Answers(DiskThread):
        def _settle(self, *answer: object) -> None:
            super()._settle(*answer)  # type: ignore[arg-type]  # as it was handed in
            answered.set()

    disk = Answers(call_timeout_s=0.1)
    await disk.start()
    task = asyncio.create_task(disk.call(lambda: 7))
    await asyncio.sleep(0)
    assert answered.wait(45)
    time.sleep(0.2)  # noqa: ASYNC251  # past the limit
    assert await task == 7
    closing = asyncio.create_task(disk.close(timeout_s=0.1))
    answered.clear()
    await asyncio.sleep(0)
    assert answered.wait(45)
    time.sleep(0.2)  # noqa: ASYNC251
    await closing


async def test_a_cancellation_that_comes_with_the_answer_is_not_forgotten() -> None:
    disk = DiskThread()
    await disk.start()
    loop = asyncio.get_running_loop()
    gate = threading.Event()
    task = asyncio.create_task(disk.call(lambda: gate.wait(5)))
    await asyncio.sleep(0)
    cancel = asyncio.create_task(disk.call(lambda: loop.call_soon_threadsafe(task.cancel)))
    await asyncio.sleep(0)
    gate.set()
    # The answer and the cancellation reach the loop in this order and in one round of it.
    time.sleep(0.2)  # noqa: ASYNC251
    with pytest.raises(asyncio.CancelledError):
        await task
    await cancel
    await disk.close()
