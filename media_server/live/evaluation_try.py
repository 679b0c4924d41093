"""One interview is judged: what the model is asked, and what is written of it.

What is written is one criterion at a time, so that whoever begins again does the rest only.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from media_server import endings
from media_server.evaluation import assembling, reasons
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
    CriterionPutOff,
    EvaluationBegan,
    EvaluationFailed,
    EvaluationMade,
    RawAnswer,
)
from media_server.interview.state import State
from media_server.live.second_try import Stopped
from media_server.llm.reading import object_of
from media_server.ports import JsonAnswer, Llm, LlmUnavailable
from media_server.ports.llm import FAILURES

AWAY = frozenset({"no_model", "resting", "unreachable", "busy"})
"""Failures that say nothing of the request: the model is asked again later."""
HALTING = frozenset({"silent", "slow", "broken"})
"""It may be the request: asked again later, so often."""
MOST_HALTS = 3
_OVER = set(EvaluationMade.model_fields) - {"type", "criteria", "needs_human"}
MARGIN_S = 15.0
"""Beyond the model's own deadline, after which it is not waited for."""
NO_MODEL = "no language model answered"
MADE_WAY = (
    "candidates needed the language model all the time: ask for the evaluation again when fewer "
    "interviews go on, or give it more places (MEDIA_SERVER_LLM_CONCURRENCY)"
)
ERASED = "the words were erased before they were judged"


class NotNow(Exception):
    """The model is away: what is judged stays, the rest is for later."""

    def __init__(self, why: str, failure: str = "") -> None:
        """`failure`: of the request, where there was one."""
        super().__init__(why)
        self.failure = failure


@dataclass(slots=True)
class _Judging:
    """One criterion under way."""

    task: JudgeTask
    raw: list[RawRecord]
    """Of every request that is answered, from the first one on."""
    resumed: frozenset[str] = frozenset()
    """The models of those that were answered in earlier tries."""


_UnderWay = deque[tuple[_Judging, asyncio.Task[CriterionEvaluation]]]


class Writer(Protocol):
    """Of the log, by whoever owns it."""

    @property
    def state(self) -> State: ...
    async def write(self, input_: inp.Input, /) -> None:
        """Raises what an owner raises who is none any more."""


class EvaluationTry:
    """Of one interview, as long as nobody else needs it."""

    def __init__(
        self,
        llm: Llm,
        halts: Counter[tuple[str, str]],
        stopping: Callable[[], bool],
        *,
        at_once: int = 1,
    ) -> None:
        """`halts`: how often a criterion's requests have halted so far; counted on. `stopping`:
        this server is about to, and asks nothing more. `at_once`: criteria, each with one request
        at a time."""
        self._llm = llm
        self._halts = halts
        self._stopping = stopping
        self._at_once = at_once
        self._asked: set[asyncio.Task[JsonAnswer]] = set()
        self._stopped = False

    def stop(self) -> None:
        """`run` raises Stopped, now and from now on."""
        self._stopped = True
        for asked in self._asked:
            asked.cancel()

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
        if not self._llm.scripted and not is_late:
            known = writer.state.evaluated
            left = [task for task in tasks if _key(task) not in known.keys]
            await self._judge(writer, iter(left))
        await self._over(writer, tasks, MADE_WAY if writer.state.evaluated.gave_way() else "")

    async def _judge(self, writer: Writer, left: Iterator[JudgeTask]) -> None:
        """In their order; what is answered is written down, also where all of it is put off."""
        under_way: _UnderWay = deque()
        try:
            while True:
                while len(under_way) < self._at_once and (task := next(left, None)) is not None:
                    known = writer.state.evaluated.answers(_key(task))
                    begun, raw = await asyncio.to_thread(_resumed, task, known)
                    one = _Judging(begun, raw, frozenset(one.model for one in raw if one.model))
                    asking = asyncio.create_task(self._judged(one, task), name="a criterion")
                    under_way.append((one, asking))
                if not under_way:
                    return
                one, asking = under_way[0]
                judged = await asking
                await writer.write(inp.Evaluated(self._step(writer.state, judged, one.raw)))
                under_way.popleft()
        except NotNow as error:
            await _end(under_way)
            for one, _ in under_way:
                # Written where it is news: the next try begins there, and knows why it had to.
                await writer.write(inp.Evaluated(_put_off(one, error.failure)))
            raise
        finally:
            await _end(under_way)

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
        made_way = writer.state.evaluated.gave_way()
        is_told = self._llm.scripted or reason == ERASED
        why = () if is_told else (reasons.not_reached(made_way=made_way),)
        for task in tasks:
            if _key(task) not in writer.state.evaluated.keys:
                left = task.outcome().model_copy(update={"status": "not_judged", "reasons": why})
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
        none_judged = made.status == "failed" and not scripted
        if reason == ERASED or none_judged:
            step: EvaluationMade | EvaluationFailed = EvaluationFailed.model_validate(
                {**how, "reason": reason or NO_MODEL}
            )
        else:
            step = EvaluationMade.model_validate(how)
        await writer.write(inp.Evaluated(step))

    # --- one criterion ---

    async def _judged(self, one: _Judging, fresh: JudgeTask) -> CriterionEvaluation:
        """One model for all of it: `fresh` is begun with where another one answered before, which
        the question of control would say nothing about."""
        # In a thread: each step may take a while with an hour of words.
        while (wanted := await asyncio.to_thread(one.task.next_request)) is not None:
            found = await self._ask(wanted, _key(one.task))
            if isinstance(found, JsonAnswer) and one.resumed - {found.model}:
                one.task, one.raw, one.resumed = fresh, [], frozenset()
                continue
            one.raw.append(raw_record(one.task, wanted, found, ""))
            if isinstance(found, JsonAnswer):
                one.task = await asyncio.to_thread(one.task.answered, found)
            else:
                one.task = one.task.failed(found)
        return await asyncio.to_thread(one.task.outcome)

    async def _ask(self, wanted: JudgeRequest, key: tuple[str, str]) -> JsonAnswer | LlmUnavailable:
        """A failure that is an answer of its own is one. Raises NotNow, Stopped."""
        if self._stopped:
            raise Stopped
        if self._stopping():
            raise NotNow("this server is about to stop")
        before_s = time.monotonic()
        asked = asyncio.create_task(self._llm.json(wanted.request, wanted.schema), name="a judge")
        self._asked.add(asked)
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
            self._asked.discard(asked)
            asked.cancel()
        if failure in AWAY:
            raise NotNow(str(unavailable), failure)
        if failure in HALTING:
            self._halts[key] += 1
            if self._halts[key] < MOST_HALTS:
                raise NotNow(str(unavailable), failure)
        return unavailable


def _resumed(task: JudgeTask, known: tuple[RawAnswer, ...]) -> tuple[JudgeTask, list[RawRecord]]:
    """As far as the answers of earlier tries take it. One that is not of the request that would be
    asked now, or was too long to be kept, is asked for again, and so is all after it."""
    raw: list[RawRecord] = []
    for one in known:
        wanted = task.next_request()
        if wanted is None or (one.step, one.prompt) != (_name(wanted), wanted.prompt) or one.cut:
            break
        if one.failure:
            if one.failure not in FAILURES:
                break
            found: JsonAnswer | LlmUnavailable = LlmUnavailable("earlier", failure=one.failure)
            after = task.failed()
        elif (value := object_of(one.raw)) is not None:
            found = JsonAnswer(value, one.raw, one.model)
            after = task.answered(found)
        else:
            break
        raw.append(raw_record(task, wanted, found, ""))
        task = after
    return task, raw


async def _end(under_way: _UnderWay) -> None:
    """What they raised stays in them."""
    tasks = [asking for _, asking in under_way]
    await endings.end(tasks)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # seen here: nobody else asks for it


def _put_off(one: _Judging, because: str) -> CriterionPutOff:
    return CriterionPutOff(
        question_id=one.task.question_id,
        criterion_id=one.task.criterion_id,
        because=because,
        raw=tuple(_raw(record) for record in one.raw),
    )


def _name(wanted: JudgeRequest) -> str:
    return f"{wanted.step} {wanted.run}"


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
