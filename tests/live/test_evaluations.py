"""Answers are judged when their words are final: once, by whoever has the interview then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media_server.live import evaluations, one_at_a_time
from media_server.live.settings import LiveSettings
from media_server.llm.factory import create_llm
from media_server.llm.scripted import ScriptedLlm
from media_server.llm.settings import LlmSettings
from media_server.ports import Llm, Refused
from media_server.ports.scores import ScoreDecision
from tests.live.bench import Bench, Guest, open_bench
from tests.live.test_damage import Place, no_json
from tests.support.judge import QUOTE, SAID, Judge, spec
from tests.support.llm_server import MODEL, LlmServer, open_llm_server
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluations, "EVERY_S", 0.05)
    monkeypatch.setattr(evaluations, "RETRY_S", (0.1,))
    monkeypatch.setattr(evaluations, "GOES_ON_S", 0.2)


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
async def model(judge: Judge) -> AsyncIterator[LlmServer]:
    async with open_llm_server(judge) as server:
        yield server


def llm_of(server: LlmServer) -> Llm:
    return create_llm(
        LlmSettings(
            engine="ollama",
            ollama_url=server.url,
            ollama_model=MODEL,
            circuit_open_s=0.2,
            connect_timeout_s=10.0,
        )
    )


@asynccontextmanager
async def opened(
    tmp_path: Path, server: LlmServer, store_url: str = "", **live: Any
) -> AsyncIterator[Bench]:
    async with open_bench(
        tmp_path, llm=llm_of(server), store_url=store_url, live=LiveSettings(**live)
    ) as bench:
        yield bench


async def left(bench: Bench, text: str = SAID, **changes: Any) -> str:
    """Question 1 answered in writing, then left."""
    interview_id = await bench.interview(spec(**changes))
    guest: Guest = await bench.call(interview_id)
    guest.send("ready")
    await guest.listening(1)
    guest.send("text_answer", text=text)
    await guest.listening(2)
    guest.send("leave")
    await guest.sees("completed")
    await guest.candidate.vanish()
    return interview_id


async def evaluation(bench: Bench, interview_id: str) -> dict[str, Any]:
    return dict((await bench.service.result(interview_id))["evaluation"])


async def over(bench: Bench, interview_id: str) -> dict[str, Any]:
    """The evaluation, once it is made or has failed."""

    async def found() -> bool:
        return bool((await evaluation(bench, interview_id))["status"] != "pending")

    async with asyncio.timeout(PATIENCE_S):
        while not await found():
            await asyncio.sleep(0.05)
    return await evaluation(bench, interview_id)


async def kinds(bench: Bench, interview_id: str) -> list[str]:
    entries = await bench.services.log.read(interview_id)
    return [e.type for e in entries if e.type.startswith(("evaluation", "criterion"))]


DECISION = ScoreDecision(
    question_id="q1", criterion_id="result", action="confirm", score=None, by="Ada", reason="",
    expected=0, via="api_key",
)  # fmt: skip
ALL = ["evaluation_began", "criterion_judged", "criterion_judged", "evaluation_made"]


async def test_it_is_judged_and_written_down_once(
    tmp_path: Path, model: LlmServer, store_url: str
) -> None:
    async with opened(tmp_path, model, store_url) as bench:
        interview_id = await left(bench)
        found = await over(bench, interview_id)
        assert (found["status"], found["final"], found["model"]) == ("ready", False, MODEL)
        first, second = found["criteria"]
        assert (first["criterion_id"], first["score"], first["scores"]) == (
            "result",
            4.0,
            [4, 4, 4],
        )
        assert [quote["text"] for quote in first["quotes"]] == [QUOTE]
        assert (second["criterion_id"], second["final"]) == ("own", False)
        assert [row["answered"] for row in found["coverage"]] == [True, False]
        assert await kinds(bench, interview_id) == ALL
        raw = [
            part
            for entry in await bench.services.log.read(interview_id)
            if entry.type == "criterion_judged"
            for part in entry.data["raw"]
        ]
        steps = ["quotes 1", "score 1", "score 2", "score 3", "control 1"]
        assert [part["step"] for part in raw[:5]] == steps
        assert all(part["raw"] and part["model"] == MODEL for part in raw)
        assert raw[0]["prompt"].startswith("evaluate_quotes.en@")
        async with asyncio.timeout(PATIENCE_S):
            while await bench.services.documents.page("default", "to-evaluate"):
                await asyncio.sleep(0.05)


async def test_without_a_model_there_are_facts_at_once(tmp_path: Path) -> None:
    async with open_bench(tmp_path, llm=ScriptedLlm()) as bench:
        interview_id = await left(bench)
        found = await over(bench, interview_id)
        assert (found["status"], found["engine"], found["runs"]) == ("ready", "scripted", 0)
        assert [one["status"] for one in found["criteria"]] == ["not_judged", "not_judged"]
        assert found["coverage"][0]["words"] == len(SAID.split())
        assert await kinds(bench, interview_id) == ALL


async def test_a_model_that_is_away_is_asked_again(
    tmp_path: Path, model: LlmServer, judge: Judge
) -> None:
    await model.refuse()
    async with opened(tmp_path, model) as bench:
        interview_id = await left(bench)
        counters = bench.service._evaluations.counters
        await bench.until(lambda: counters["evaluations_put_off"] > 1)
        assert await kinds(bench, interview_id) == ["evaluation_began"]
        assert (await evaluation(bench, interview_id))["status"] == "pending"
        await model.accept()
        assert (await over(bench, interview_id))["status"] == "ready"
        assert judge.asked == ["quotes", *["score"] * 3, "control"] * 2
        counted = bench.service.media().counters
        assert (counted["evaluations_made"], counters["evaluations_failed"]) == (1, 0)


async def test_one_that_stays_away_is_given_up(tmp_path: Path, model: LlmServer) -> None:
    await model.refuse()
    async with opened(tmp_path, model, evaluate_within_s=1.0) as bench:
        interview_id = await left(bench)
        found = await over(bench, interview_id)
        assert (found["status"], found["reason"]) == ("failed", "no language model answered")
        assert found["coverage"][0]["answered"]
        assert [one["status"] for one in found["criteria"]] == ["not_judged", "not_judged"]
        assert (await kinds(bench, interview_id))[-1] == "evaluation_failed"


async def test_it_is_asked_for_again(
    tmp_path: Path, model: LlmServer, judge: Judge, store_url: str
) -> None:
    """Once it has failed; asked twice it is begun once, and never over a decision."""
    model.fault = "not_json"
    async with opened(tmp_path, model, store_url) as bench:
        scores = bench.service.scores
        interview_id = await left(bench)
        assert (await over(bench, interview_id))["status"] == "failed"
        await at_rest(bench, interview_id)
        model.fault = ""
        first = await kinds(bench, interview_id)
        for _ in range(2):
            found = await scores.renew(interview_id)
            assert (found["status"], found["criteria"], found["renewed"]) == ("pending", [], 1)
        assert (await over(bench, interview_id))["status"] == "ready"
        assert await kinds(bench, interview_id) == [*first, "evaluation_renewed", *ALL]
        listed, _ = await bench.service.page(None, 1)
        assert listed[0]["evaluation"] == "proposed"
        counted = bench.service._evaluations.counters
        assert (counted["evaluations_made"], counted["evaluations_failed"]) == (1, 1)
        assert (await scores.renew(interview_id))["status"] == "ready", "nothing would change"
        with pytest.raises(Refused, match="judged again") as refused:
            await scores.decide(interview_id, DECISION)  # of the scores before
        assert refused.value.code == "judged_again"
        await scores.decide(interview_id, replace(DECISION, renewed=1))
        bench.services.llm.name = "ollama another"
        with pytest.raises(Refused, match="A person has decided"):
            await scores.renew(interview_id)
        assert len(await kinds(bench, interview_id)) == len(first) + 2 + len(ALL)


async def test_it_cannot_be_asked_for_where_nothing_can_judge(tmp_path: Path) -> None:
    async with open_bench(tmp_path, llm=ScriptedLlm()) as bench:
        interview_id = await bench.interview(spec())
        with pytest.raises(Refused, match="when the interview is over"):
            await bench.service.scores.renew(interview_id)
        interview_id = await left(bench)
        await over(bench, interview_id)
        with pytest.raises(Refused, match="no language model"):
            await bench.service.scores.renew(interview_id)


async def test_a_restart_does_the_rest(tmp_path: Path, model: LlmServer, judge: Judge) -> None:
    """The first server closes while the second criterion is judged."""
    model.fault = lambda _: "silent" if len(judge.asked) >= 5 else ""
    async with opened(tmp_path, model) as bench:
        interview_id = await left(bench)
        await bench.until(lambda: len(judge.asked) == 5 and model.computing)
        assert await kinds(bench, interview_id) == ["evaluation_began", "criterion_judged"]
    model.fault = ""
    async with opened(tmp_path, model) as bench:
        assert (await over(bench, interview_id))["status"] == "ready"
        assert await kinds(bench, interview_id) == ALL
        assert judge.asked == ["quotes", *["score"] * 3, "control"] * 2, "nothing was judged again"


async def test_a_review_is_waited_for(tmp_path: Path, model: LlmServer, judge: Judge) -> None:
    async with opened(tmp_path, model) as bench:
        interview_id = await left(bench, review=True, review_minutes=5, words_by_link=True)
        await asyncio.sleep(1.0)
        assert judge.asked == []
        assert (await evaluation(bench, interview_id))["status"] == "pending"
        await bench.service.review(interview_id, {})
        assert (await over(bench, interview_id))["status"] == "ready"


async def test_it_gives_way_to_who_comes(
    tmp_path: Path, model: LlmServer, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At rest it holds the lease, and lets go of it at once: not only when it has to."""
    monkeypatch.setattr(one_at_a_time, "GIVE_WAY_S", 1e3)
    async with opened(tmp_path, model) as bench:
        model.fault = "silent"
        interview_id = await left(bench)
        await bench.until(lambda: model.asked)
        registry = bench.service._registry
        session = registry.get(interview_id)
        assert session is not None
        async with registry.lock(interview_id):
            await registry.rest(session)
        before = len(model.asked)
        await bench.until(lambda: len(model.asked) > before)
        assert registry.get(interview_id) is None
        async with asyncio.timeout(30.0), registry.lock(interview_id):
            await registry.session(interview_id)
        model.fault = ""
        assert (await over(bench, interview_id))["status"] == "ready"
        assert await kinds(bench, interview_id) == ALL


async def test_an_erased_one_is_forgotten(tmp_path: Path, model: LlmServer) -> None:
    async with opened(tmp_path, model) as bench:
        model.fault = "silent"
        interview_id = await left(bench)
        await bench.until(lambda: model.asked)
        await bench.service.erase(interview_id)
        await bench.until(lambda: model.computing == 0)
        with pytest.raises(Refused):
            await bench.service.result(interview_id)


async def test_a_model_that_talks_nonsense_costs_nobody_anything(
    tmp_path: Path, model: LlmServer
) -> None:
    model.fault = "not_json"
    async with opened(tmp_path, model) as bench:
        interview_id = await left(bench)
        found = await over(bench, interview_id)
        assert found["status"] == "failed"
        assert [one["score"] for one in found["criteria"]] == [None, None]


@pytest.fixture
def invented(judge: Judge) -> Judge:
    judge.quotes = ("I never said anything like it at all.",)
    return judge


async def test_what_nobody_said_is_no_evidence(
    tmp_path: Path, invented: Judge, model: LlmServer
) -> None:
    async with opened(tmp_path, model) as bench:
        found = await over(bench, await left(bench))
        assert found["status"] == "ready"
        assert {one["status"] for one in found["criteria"]} == {"insufficient_evidence"}
        assert "score" not in invented.asked


async def at_rest(bench: Bench, interview_id: str) -> None:
    registry = bench.service._registry
    session = registry.get(interview_id)
    if session is not None:
        async with registry.lock(interview_id):
            await registry.rest(session)


async def test_one_that_is_damaged_does_not_keep_the_others(
    tmp_path: Path, model: LlmServer, store_url: str
) -> None:
    await model.refuse()
    async with opened(tmp_path, model, store_url) as bench:
        hurt, sound = sorted([await left(bench), await left(bench)])
        for interview_id in (hurt, sound):
            await at_rest(bench, interview_id)
        no_json(Place(hurt, tmp_path, store_url))
    await model.accept()
    async with opened(tmp_path, model, store_url) as bench:
        assert (await over(bench, sound))["status"] == "ready"
