"""Time and order, in virtual time: deadlines, retries, the circuit, places, candidates first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.llm.engine import EngineFault, Piece
from media_server.ports import LlmRequest, LlmUnavailable
from media_server.ports.llm import Failure, Purpose
from tests.llm.world import SCHEMA, Script, asking, failure, made, said, speaking
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.virtual_time


def now_s() -> float:
    return asyncio.get_running_loop().time()


def failing(kind: Failure, *, after_s: float = 0.0, certain: bool = False) -> Script:
    async def script(_: LlmRequest) -> AsyncGenerator[Piece, None]:
        await asyncio.sleep(after_s)
        if after_s >= 0:
            raise EngineFault(kind, "as asked", certain=certain)
        yield Piece("")

    return script


def judging_and_asking(judge: Script, ask: Script) -> Script:
    return lambda request: (judge if request.purpose == "evaluation" else ask)(request)


async def test_the_first_token_has_four_seconds_whatever_is_asked() -> None:
    llm, engine = made(speaking("never", first_s=60))
    began_s = now_s()
    error = await failure(said(llm, asking(first_token_s=10, total_s=20, retries=2)))
    assert error.failure == "silent"
    assert now_s() - began_s == pytest.approx(4.0)
    assert len(engine.asked) == 1
    assert engine.running == 0
    began_s = now_s()
    error = await failure(said(llm, asking("evaluation", first_token_s=10, total_s=20)))
    assert now_s() - began_s == pytest.approx(10.0), "nobody waits for an evaluation"


async def test_the_last_token_has_the_total_deadline() -> None:
    llm, engine = made(speaking("one two three four five", every_s=0.5))
    began_s = now_s()
    heard: list[str] = []

    async def listen() -> None:
        async for piece in llm.stream(asking(first_token_s=0.4, total_s=1.2)):
            heard.append(piece)  # noqa: PERF401  # what was heard before it failed counts

    assert (await failure(listen())).failure == "slow"
    assert heard == ["one ", "two ", "three "], "what came in time was passed on"
    assert now_s() - began_s == pytest.approx(1.2)
    assert engine.running == 0


async def test_a_slow_listener_loses_nothing_that_came_in_time() -> None:
    llm, _ = made(speaking("one two three", every_s=0.1))
    heard: list[str] = []
    async for piece in llm.stream(asking(first_token_s=0.4, total_s=1.2)):
        heard.append(piece)
        await asyncio.sleep(5)
    assert heard == ["one ", "two ", "three "]


async def test_pauses_before_retries_are_anything_up_to_their_bound() -> None:
    for chance, expected_s in ((0.0, 0.0), (0.5, 0.6), (1.0, 1.2)):
        llm, engine = made(failing("busy"), chance=lambda: chance, circuit_failures=99)  # noqa: B023
        began_s = now_s()
        await failure(said(llm, asking(retries=2, first_token_s=4, total_s=10)))
        assert now_s() - began_s == pytest.approx(expected_s)
        assert len(engine.asked) == 3


async def test_there_is_no_retry_for_which_there_is_no_time() -> None:
    llm, engine = made(failing("busy", after_s=0.3))
    began_s = now_s()
    error = await failure(said(llm, asking(retries=2, first_token_s=0.4, total_s=9)))
    assert (error.failure, len(engine.asked)) == ("busy", 1)
    assert now_s() - began_s == pytest.approx(0.3), "and nobody waits for nothing"


async def test_there_is_no_retry_after_words_that_were_passed_on() -> None:
    async def script(_: LlmRequest) -> AsyncGenerator[Piece, None]:
        yield Piece("Well, what did you ")
        raise EngineFault("broken", "lost")

    llm, engine = made(script)
    error = await failure(said(llm, asking(retries=2)))
    assert (error.failure, error.next_step, len(engine.asked)) == ("broken", "fall_back", 1)


async def test_another_seed_for_another_answer() -> None:
    llm, engine = made(speaking('{"score": "high"}'))
    error = await failure(llm.json(asking(retries=2, seed=5, first_token_s=4, total_s=9), SCHEMA))
    assert error.failure == "wrong_schema"
    assert [request.seed for request in engine.asked] == [5, 6, 7]


async def test_the_circuit_opens_probes_and_closes() -> None:
    llm, engine = made(failing("broken"), circuit_failures=3, circuit_open_s=15)
    for _ in range(3):
        assert (await failure(said(llm, asking()))).failure == "broken"
    assert not llm.available()
    assert (await failure(said(llm, asking()))).failure == "resting"
    assert len(engine.asked) == 3
    await asyncio.sleep(15)
    assert llm.available()
    await failure(said(llm, asking()))
    await asyncio.sleep(29)
    assert not llm.available(), "twice as long after a probe that failed"
    await asyncio.sleep(1.1)
    engine.script = speaking("What did you change first?", first_s=0.2)
    probe = asyncio.create_task(said(llm, asking()))
    await asyncio.sleep(0.1)
    assert (await failure(said(llm, asking()))).failure == "resting", "one probe at a time"
    assert "change first" in await probe
    assert "change first" in await said(llm, asking())


async def test_a_probe_that_is_cancelled_lets_the_next_one_try() -> None:
    llm, engine = made(failing("broken"), circuit_failures=1, circuit_open_s=1)
    await failure(said(llm, asking()))
    await asyncio.sleep(1)
    engine.script = speaking("What did you change?", first_s=0.3)
    probe = asyncio.create_task(said(llm, asking()))
    await asyncio.sleep(0.1)
    probe.cancel()
    await asyncio.wait([probe])
    assert await said(llm, asking())


async def test_silence_opens_it_also_where_nobody_waits_to_the_end() -> None:
    """A candidate's request is given up when the scripted question is due."""
    llm, _ = made(speaking("never", first_s=60), circuit_failures=3)
    for _ in range(3):
        assert llm.available()
        waiting = asyncio.create_task(said(llm, asking(first_token_s=8, total_s=8)))
        await asyncio.sleep(1.7)
        waiting.cancel()
        await asyncio.wait([waiting])
    assert not llm.available()


async def test_who_had_little_time_learns_nothing_of_the_model() -> None:
    llm, _ = made(speaking("one two three", first_s=1.0, every_s=1.0), circuit_failures=1)
    assert (await failure(said(llm, asking(first_token_s=0.5)))).failure == "silent"
    assert (await failure(said(llm, asking(first_token_s=2, total_s=2)))).failure == "slow"
    talking = asyncio.create_task(said(llm, asking(first_token_s=8, total_s=8)))
    await asyncio.sleep(0.8)
    talking.cancel()
    await asyncio.wait([talking])
    assert llm.available()


async def test_what_a_model_says_opens_no_circuit() -> None:
    llm, _ = made(speaking("[]"), circuit_failures=1)
    for _ in range(5):
        assert (await failure(llm.json(asking(), SCHEMA))).failure == "wrong_schema"
    assert llm.available()


async def test_evaluations_leave_places_to_candidates() -> None:
    llm, engine = made(speaking('{"score": 1, "why": "x"}', first_s=3), concurrency=2)
    wanted = asking("evaluation", first_token_s=100, total_s=100)
    judged = [asyncio.create_task(llm.json(wanted, SCHEMA)) for _ in range(5)]
    await asyncio.sleep(0.1)
    assert engine.running == 1
    began_s = now_s()
    engine.script = speaking("What did you change first?")
    assert await said(llm, asking())
    assert now_s() - began_s < 0.1, "not behind the evaluations"
    engine.script = speaking('{"score": 1, "why": "x"}', first_s=3)
    await asyncio.gather(*judged)
    assert engine.most == 2


async def test_where_there_is_one_place_a_candidate_is_next() -> None:
    order: list[str] = []

    async def script(request: LlmRequest) -> AsyncGenerator[Piece, None]:
        order.append(request.purpose)
        await asyncio.sleep(1)
        yield Piece("What did you change first?", "stop")

    llm, _ = made(script, concurrency=1)
    waiting: list[tuple[Purpose, int]] = [("faq", 4), ("evaluation", 60), ("evaluation", 60)]
    tasks = [
        asyncio.create_task(said(llm, asking(purpose, first_token_s=first_token_s, total_s=60)))
        for purpose, first_token_s in waiting
    ]
    await asyncio.sleep(0.1)
    tasks.append(asyncio.create_task(said(llm, asking("greeting", first_token_s=4, total_s=60))))
    await asyncio.gather(*tasks)
    assert order == ["faq", "greeting", "evaluation", "evaluation"]


async def test_a_candidate_takes_the_place_of_a_running_evaluation() -> None:
    judge = speaking('{"score": 1, "why": "x"}', every_s=2)
    ask = speaking("What did you change first?", every_s=0.1)
    llm, engine = made(judging_and_asking(judge, ask), concurrency=1, circuit_failures=1)
    wanted = asking("evaluation", first_token_s=5, total_s=60)
    judged = asyncio.create_task(llm.json(wanted, SCHEMA))
    await asyncio.sleep(3)
    assert engine.running == 1
    began_s = now_s()
    assert await said(llm, asking())
    assert now_s() - began_s < 0.6, "it does not wait for the evaluation"
    assert (await judged).value["score"] == 1
    assert engine.most == 1
    figures = llm.counts.figures()
    assert figures.requests == {("follow_up", "answered"): 1, ("evaluation", "answered"): 1}
    assert figures.retries == {"evaluation": 1}
    assert figures.gauges == {"running": 0, "waiting": 0, "open": 0}


async def test_each_candidate_takes_one_place() -> None:
    judge, ask = speaking("never", first_s=60), speaking("What now?", first_s=0.5)
    llm, engine = made(judging_and_asking(judge, ask), concurrency=4, evaluations=3)
    wanted = asking("evaluation", first_token_s=90, total_s=300)
    judged = [asyncio.create_task(failure(llm.json(wanted, SCHEMA))) for _ in range(3)]
    await asyncio.sleep(0.1)
    assert engine.running == 3
    asked = [asyncio.create_task(said(llm, asking(first_token_s=2, total_s=4))) for _ in range(3)]
    await asyncio.sleep(0.1)
    running = [request.purpose for request in engine.asked[3:]]
    assert (engine.running, running) == (4, ["follow_up"] * 3), "one place was free, two were not"
    await asyncio.gather(*asked)
    await asyncio.sleep(0.1)
    assert engine.running == 3, "they are back"
    for task in judged:
        task.cancel()
    await asyncio.gather(*judged, return_exceptions=True)
    assert llm.counts.figures().gauges == {"running": 0, "waiting": 0, "open": 0}


async def test_an_evaluation_that_never_gets_its_turn_is_busy_and_blames_nobody() -> None:
    judge, ask = speaking("never", first_s=60), speaking("What now?", first_s=0.1)
    llm, _ = made(judging_and_asking(judge, ask), concurrency=1, circuit_failures=1)
    wanted = asking("evaluation", first_token_s=5, total_s=12, retries=2)
    judged = asyncio.create_task(failure(llm.json(wanted, SCHEMA)))
    for _ in range(40):
        await asyncio.sleep(0.3)
        assert await said(llm, asking())
    error = await judged
    assert (error.failure, error.next_step) == ("busy", "fall_back")
    assert llm.available()


async def test_an_evaluation_that_probes_keeps_no_candidate_out() -> None:
    llm, engine = made(failing("broken"), circuit_failures=1, circuit_open_s=10)
    await failure(said(llm, asking()))
    await asyncio.sleep(10)
    engine.script = speaking("{} {} {}", every_s=20)
    probe = asyncio.create_task(
        failure(llm.json(asking("evaluation", first_token_s=9, total_s=90), SCHEMA))
    )
    await asyncio.sleep(5)
    engine.script = speaking("What did you change first?")
    assert await said(llm, asking())
    await probe
    assert llm.available()


async def test_who_finds_no_place_is_busy_and_the_model_is_not_blamed() -> None:
    llm, engine = made(
        speaking("What now?", first_s=0.9), concurrency=1, waiting=1, circuit_failures=1
    )
    wanted = asking(first_token_s=1, total_s=5)
    first = asyncio.create_task(said(llm, wanted))
    await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    second = asyncio.create_task(failure(said(llm, wanted)))
    await asyncio.sleep(0.1)
    third = await failure(said(llm, wanted))
    assert (third.failure, str(third)) == ("busy", "too many wait for the model")
    assert await first
    assert (await second).failure == "silent"
    assert len(engine.asked) == 2
    assert llm.counts.figures().gauges["waiting"] == 0


async def test_thoughts_are_not_passed_on() -> None:
    llm, _ = made(speaking("<think> They said it was full. </think> What did you change first?"))
    assert (await said(llm, asking())).strip() == "What did you change first?"
    llm, _ = made(speaking("<think> hm </think> " + '{"score":2,"why":"x"}'))
    assert (await llm.json(asking(), SCHEMA)).value["score"] == 2
    llm, _ = made(speaking("<think> for ever", ending="length"))
    assert (await failure(said(llm, asking()))).failure == "empty"


async def test_figures_say_what_came_of_it() -> None:
    llm, engine = made(speaking("What did you change first?", first_s=0.2, every_s=0.1))
    await said(llm, asking())
    engine.script = failing("busy")
    await failure(said(llm, asking("faq", retries=1, first_token_s=4, total_s=5)))
    figures = llm.counts.figures()
    assert figures.requests == {("follow_up", "answered"): 1, ("faq", "busy"): 1}
    assert figures.retries == {"faq": 1}
    assert figures.first_token["follow_up"].sum_s == pytest.approx(0.2)
    assert figures.answer["follow_up"].sum_s == pytest.approx(0.7)
    assert figures.gauges == {"running": 0, "waiting": 0, "open": 0}


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_places_come_back_and_deadlines_hold(seed: int) -> None:
    """Requests of all kinds, some cancelled, at an engine that does anything."""

    async def world() -> None:
        chance = random.Random(seed)  # of a test

        async def script(_: LlmRequest) -> AsyncGenerator[Piece, None]:
            for _n in range(chance.randrange(6)):
                await asyncio.sleep(chance.choice([0, 0.05, 0.4, 3]))
                if chance.random() < 0.1:
                    raise EngineFault(chance.choice(["busy", "broken", "unreachable"]), "made")
                yield Piece(chance.choice(["What ", "did you change? ", ""]))
            yield Piece("", chance.choice(["stop", "length", ""]))

        llm, engine = made(script, concurrency=2, waiting=4, chance=chance.random)

        async def one() -> None:
            purposes: list[Purpose] = ["follow_up", "evaluation", "faq"]
            request = asking(chance.choice(purposes), retries=chance.randrange(3))
            await asyncio.sleep(chance.random() * 3)
            began_s = now_s()
            try:
                if chance.random() < 0.5:
                    await said(llm, request)
                else:
                    await llm.json(request, SCHEMA)
            except LlmUnavailable:
                pass
            assert now_s() - began_s <= request.total_s + 1e-6

        tasks = [asyncio.create_task(one()) for _ in range(12)]
        await asyncio.sleep(chance.random() * 3)
        for task in tasks:
            if chance.random() < 0.3:
                task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, asyncio.CancelledError), result
        assert engine.running == 0
        assert engine.most <= 2
        gauges = llm.counts.figures().gauges
        assert (gauges["running"], gauges["waiting"]) == (0, 0)

    run_virtual(world())


@pytest.mark.parametrize("usable", [True, False])
async def test_what_the_check_of_whoever_asked_says_is_what_is_counted(usable: bool) -> None:
    llm, engine = made(speaking("Greeting."))
    seen: list[str] = []

    async def check(text: str) -> None:
        seen.append(text)
        if not usable:
            raise LlmUnavailable("no good", failure="rejected", next_step="retry")

    request = replace(asking("greeting"), check=check)
    for _ in range(5):
        if usable:
            assert await said(llm, request) == "Greeting. "
        else:
            assert (await failure(said(llm, request))).next_step == "retry"
    assert seen == ["Greeting. "] * 5
    outcome = "answered" if usable else "rejected"
    assert llm.counts.figures().requests == {("greeting", outcome): 5}
    assert llm.available(), "it is there, whatever it says"
    assert engine.running == 0
