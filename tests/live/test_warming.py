"""A model is loaded, and the words are, when the candidate comes: `live.warming`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import pytest

from media_server.interview import inputs as inp
from media_server.interview.spec import InterviewSpec, Question
from media_server.live import warming
from tests.live.test_replies_made import Only, Rig, rig
from tests.support.waiting import until


def comes(it: Rig) -> None:
    it.replies.hears(inp.CallConnected(0.0, microphone=True, channel=True))


async def test_the_model_is_loaded_when_the_candidate_comes_and_only_then() -> None:
    async with rig(lambda _: "Yes") as it:
        comes(it)
        comes(it)
        await until(lambda: it.server.warm_ups, "one token is asked for")
        await until(lambda: not it.tasks._tasks, "it is done")
        (asked,) = it.server.warm_ups
        assert asked.body["options"]["num_predict"] == 1
        assert "faq_answers" in " ".join(sys.modules)


async def test_a_model_that_takes_long_to_load_is_not_left_to_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given up as often, and after as long, as would open the circuit for any other request."""
    limits: list[asyncio.Timeout] = []

    def limit(_: float) -> asyncio.Timeout:
        limits.append(asyncio.timeout(None))
        return limits[-1]

    monkeypatch.setattr(warming, "asyncio", Only(to_thread=asyncio.to_thread, timeout=limit))
    loop = asyncio.get_running_loop()
    async with rig(first_token_s=0.1) as it:
        it.server.warm_up_fault = "silent"
        for _ in range(4):
            it.replies._is_warm = False
            comes(it)
            await until(lambda: it.server.computing, "a request under way")
            await asyncio.sleep(0.2)
            limits[-1].reschedule(loop.time())
            await until(lambda: it.server.hang_ups == len(limits), "given up")
            await until(lambda: not it.tasks._tasks, "it is done")
        assert it.llm.available()
        assert not it.posted


async def test_nothing_is_warmed_up_where_nothing_is_asked_of_a_model() -> None:
    async with rig() as it:
        it.world.state = replace(
            it.world.state, spec=InterviewSpec(questions=(Question(id="q1", text="Why?"),))
        )
        comes(it)
        assert not it.tasks._tasks
