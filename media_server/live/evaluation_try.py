"""One interview is judged: what the model is asked, and what is written of it.

What is written is one criterion at a time, so that whoever begins again does the rest only.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from media_server.evaluation import assembling
from media_server.evaluation.judging import (
    JudgeRequest,
    JudgeTask,
    RawRecord,
    plan,
    raw_record,
)
from media_server.evaluation.requests import prompt_names
from media_server.interview import inputs as inp
from media_server.interview.erased import words_are_erased
from media_server.interview.evaluation import CriterionEvaluation
from media_server.interview.evaluation_events import (
    MAX_RAW_CHARS,
    CriterionJudged,
    EvaluationBegan,
    EvaluationFailed,
    EvaluationMade,
    RawAnswer,
)
from media_server.interview.state import State
from media_server.live.second_try import Stopped
from media_server.ports import JsonAnswer, Llm, LlmUnavailable

AWAY = frozenset({"no_model", "resting", "unreachable", "busy"})
"""Failures that say nothing of the request: the model is asked again later."""
HALTING = frozenset({"silent", "slow", "broken"})
"""It may be the request: asked again later, so often."""
MOST_HALTS = 3
_OVER = set(EvaluationMade.model_fields) - {"type", "criteria", "needs_human"}
MARGIN_S = 15.0
"""Beyond the model's own deadline, after which it is not waited for."""
NO_MODEL = "no language model answered"
ERASED = "the words were erased before they were judged"


class NotNow(Exception):
    """The model is away: what is judged stays, the rest is for later."""


class Writer(Protocol):
    """Of the log, by whoever owns it."""

    @property
    def state(self) -> State: ...
    async def write(self, input_: inp.Input, /) -> None:
        """Raises what an owner raises who is none any more."""


class EvaluationTry:
    """Of one interview, as long as nobody else needs it."""

    def __init__(self, llm: Llm, halts: Counter[tuple[str, str]], stopping: Callable[[], bool]):
        """`halts`: how often a criterion's requests have halted so far; counted on. `stopping`:
        this server is about to, and asks nothing more."""
        self._llm = llm
        self._halts = halts
        self._stopping = stopping
        self._asked: asyncio.Task[JsonAnswer] | None = None
        self._stopped = False

    def stop(self) -> None:
        """`run` raises Stopped, now and from now on."""
        self._stopped = True
        if self._asked is not None:
            self._asked.cancel()

    async def run(self, writer: Writer, *, give_up_s: float, now_s: float) -> None:
        """Until it is made or given up. `give_up_s`: how long after it began that is; `now_s`: of
        the interview's time. Raises Stopped, NotNow, StoreUnavailable and what the writer raises.

        Every await is bounded: by the model's deadline and MARGIN_S, by the store's, by the
        writer's."""
        tasks = await asyncio.to_thread(plan, writer.state)
        if writer.state.evaluated.began is None:
            await writer.write(inp.Evaluated(self._began(writer.state, len(tasks))))
        is_late = now_s > writer.state.evaluated.began_s + give_up_s
        if words_are_erased(writer.state):
            await self._over(writer, tasks, ERASED)
            return
        for task in tasks:
            if _key(task) in writer.state.evaluated.keys or self._llm.scripted or is_late:
                continue
            judged, raw = await self._judged(task)
            await writer.write(inp.Evaluated(self._step(writer.state, judged, raw)))
        await self._over(writer, tasks)

    def _began(self, state: State, criteria: int) -> EvaluationBegan:
        wanted = state.spec.evaluation
        return EvaluationBegan(
            engine=self._llm.name,
            model="",
            rubric_hash=assembling.rubric_hash(state.spec),
            runs=wanted.runs if wanted is not None and not self._llm.scripted else 0,
            criteria=criteria,
        )

    def _step(
        self, state: State, judged: CriterionEvaluation, raw: list[RawRecord]
    ) -> CriterionJudged:
        scripted = self._llm.scripted
        names = prompt_names(state.spec.candidate.locale)
        return CriterionJudged.of(
            judged,
            model=next((one.model for one in raw if one.model), ""),
            prompt_version="" if scripted else str(names),
            rubric_hash=assembling.rubric_hash(state.spec),
            raw=tuple(_raw(one) for one in raw),
        )

    async def _over(self, writer: Writer, tasks: tuple[JudgeTask, ...], reason: str = "") -> None:
        """With what was judged. The rest is for a person, who may decide about it all the same."""
        for task in tasks:
            if _key(task) not in writer.state.evaluated.keys:
                left = task.outcome().model_copy(update={"status": "not_judged", "reasons": ()})
                await writer.write(inp.Evaluated(self._step(writer.state, left, [])))
        state, scripted = writer.state, self._llm.scripted
        judged = [known.evaluation() for known in state.evaluated.judged]
        model = next((one.model for one in state.evaluated.judged if one.model), "")
        made = await asyncio.to_thread(
            assembling.assemble, state, judged, engine=self._llm.name, model=model, made_at=None
        )
        counted = {
            "criteria": len(judged),
            "needs_human": sum(one.status != "proposed" for one in judged),
        }
        how = {**made.model_dump(include=_OVER), **counted}
        if scripted:
            how = {**how, "prompt_version": "", "runs": 0}
        if reason or (made.status == "failed" and not scripted):
            step: EvaluationMade | EvaluationFailed = EvaluationFailed.model_validate(
                {**how, "reason": reason or NO_MODEL}
            )
        else:
            step = EvaluationMade.model_validate(how)
        await writer.write(inp.Evaluated(step))

    # --- one criterion ---

    async def _judged(self, task: JudgeTask) -> tuple[CriterionEvaluation, list[RawRecord]]:
        raw: list[RawRecord] = []
        while (wanted := task.next_request()) is not None:
            found = await self._ask(wanted, _key(task))
            raw.append(raw_record(task, wanted, found, ""))
            if isinstance(found, JsonAnswer):
                # Looking quotes up in an hour of words takes a while.
                task = await asyncio.to_thread(task.answered, found)
            else:
                task = task.failed(found)
        return await asyncio.to_thread(task.outcome), raw

    async def _ask(self, wanted: JudgeRequest, key: tuple[str, str]) -> JsonAnswer | LlmUnavailable:
        """A failure that is an answer of its own is one. Raises NotNow, Stopped."""
        if self._stopped:
            raise Stopped
        if self._stopping():
            raise NotNow("this server is about to stop")
        before_s = time.monotonic()
        asked = asyncio.create_task(self._llm.json(wanted.request, wanted.schema), name="a judge")
        self._asked = asked
        try:
            async with asyncio.timeout(wanted.request.total_s + MARGIN_S):
                return await asked
        except LlmUnavailable as error:
            failure, unavailable = error.failure, error
        except TimeoutError:
            late = LlmUnavailable(f"after {time.monotonic() - before_s:.0f} s", failure="slow")
            failure, unavailable = late.failure, late
        except asyncio.CancelledError:
            if self._stopped:
                raise Stopped from None
            raise
        finally:
            self._asked = None
            asked.cancel()
        if failure in AWAY:
            raise NotNow(str(unavailable))
        if failure in HALTING:
            self._halts[key] += 1
            if self._halts[key] < MOST_HALTS:
                raise NotNow(str(unavailable))
        return unavailable


def _key(task: JudgeTask) -> tuple[str, str]:
    return task.question_id, task.criterion_id


def _raw(record: RawRecord) -> RawAnswer:
    return RawAnswer(
        step=f"{record.step} {record.run}",
        prompt=record.prompt,
        model=record.model,
        raw=record.raw[:MAX_RAW_CHARS],
        cut=len(record.raw) > MAX_RAW_CHARS,
        failure=record.failure,
    )
