"""What is the same for every engine: places, deadlines, retries, the circuit, and what may pass.

Whatever happens to a request becomes LlmUnavailable with a `Failure`, within its deadlines. Whoever
stops waiting hangs up: the model computes for nobody.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import Draft202012Validator

from media_server import endings
from media_server.llm.circuit import CircuitBreaker
from media_server.llm.counts import LlmCounts
from media_server.llm.engine import Ending, Engine, EngineFault
from media_server.llm.places import NoPlace, Places
from media_server.llm.reading import Reader, most_chars
from media_server.llm.settings import LlmSettings
from media_server.ports import JsonAnswer, LlmRequest, LlmUnavailable
from media_server.ports.llm import Failure, Purpose

MAX_RETRIES = 2
RETRY_BASE_S = 0.4
"""The first pause is at most this, the second at most twice (full jitter)."""
SILENCE_S = 1.5
"""No first token for so long is a failure, also where a caller gives up before its deadline."""
_CLOSE_S = 2.0
_BACKGROUND: tuple[Purpose, ...] = ("evaluation", "summary", "warm_up")
"""Nobody waits for them: they leave their place to whoever is waited for."""

logger = logging.getLogger(__name__)


class GuardedLlm:
    """Implements `ports.Llm` over an engine. One for all interviews of the process."""

    scripted = False

    def __init__(
        self,
        engine: Engine,
        settings: LlmSettings,
        counts: LlmCounts | None = None,
        *,
        now_s: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`now_s`: the clock of the loop it runs on. `chance`: 0 to 1."""
        self.name = f"{engine.name} {engine.model}"
        self.circuit = CircuitBreaker(
            failures=settings.circuit_failures, open_s=settings.circuit_open_s
        )
        self.counts = counts if counts is not None else LlmCounts()
        self._engine = engine
        self._first_token_s = settings.first_token_s
        self._places = Places(
            settings.concurrency,
            background_limit=settings.evaluations,
            waiting_limit=settings.waiting,
        )
        self._now_s = now_s
        self._chance = chance
        self._closed = False
        self.counts.now = self._gauges

    async def stream(self, request: LlmRequest) -> AsyncGenerator[str, None]:
        """See `ports.Llm`. What is read ahead of the caller is bounded by what was asked for."""
        pieces: asyncio.Queue[str | None] = asyncio.Queue(most_chars(request) + 1)
        task = asyncio.create_task(self._ask(request, None, pieces.put_nowait))
        task.add_done_callback(lambda done: _is_over(done, pieces))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            task.result()
        finally:
            await endings.end([task])

    async def json(self, request: LlmRequest, schema: Mapping[str, Any]) -> JsonAnswer:
        """See `ports.Llm`."""
        return await self._ask(request, schema, _drop)

    def available(self) -> bool:
        """See `ports.Llm`."""
        return not self._closed and self.circuit.open_for_s(self._now_s()) == 0

    async def close(self) -> None:
        """See `ports.Llm`."""
        self._closed = True
        async with asyncio.timeout(_CLOSE_S):
            await self._engine.close()

    # --- One request

    async def _ask(
        self,
        request: LlmRequest,
        schema: Mapping[str, Any] | None,
        emit: Callable[[str], None],
    ) -> JsonAnswer:
        """With retries. What was emitted is not taken back: after it there are none."""
        began_s = self._now_s()
        outcome = "cancelled"
        try:
            answer = await self._attempts(request, schema, emit)
            if request.check is not None and schema is None:
                await request.check(answer.raw)
            outcome = "answered"
            return answer
        except LlmUnavailable as error:
            outcome = error.failure
            raise
        finally:
            self.counts.ended(request.purpose, outcome, self._now_s() - began_s)

    async def _attempts(
        self,
        request: LlmRequest,
        schema: Mapping[str, Any] | None,
        emit: Callable[[str], None],
    ) -> JsonAnswer:
        loop = asyncio.get_running_loop()
        ends_s = loop.time() + request.total_s
        retries = min(request.retries, MAX_RETRIES)
        first_by_s = loop.time() + self._first_within_s(request)
        for attempt in range(retries + 1):
            trial = _Attempt(request, schema, emit, began_s=loop.time())
            try:
                return await self._attempt(trial, min(first_by_s, ends_s), ends_s)
            except LlmUnavailable as error:
                pause_s = RETRY_BASE_S * 2**attempt * self._chance()
                if isinstance(error, EngineFault):
                    pause_s += error.after_s
                if trial.first_token:
                    # It does speak: the next answer has as long for its first word.
                    first_by_s = loop.time() + pause_s + self._first_within_s(request)
                left_s = min(first_by_s, ends_s) - loop.time()
                if attempt == retries or trial.emitted or left_s <= pause_s:
                    if retries and error.next_step == "retry":
                        error.next_step = "fall_back"  # it was tried
                    raise
                if error.next_step != "retry":
                    raise
                if error.failure == "cut_off":
                    request = replace(request, max_tokens=2 * request.max_tokens)
                elif request.seed is not None:
                    request = replace(request, seed=request.seed + 1)  # else it says the same
            self.counts.again(request.purpose)
            await asyncio.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _first_within_s(self, request: LlmRequest) -> float:
        if request.purpose in _BACKGROUND:
            return request.first_token_s
        return min(request.first_token_s, self._first_token_s)

    async def _attempt(self, trial: _Attempt, first_by_s: float, ends_s: float) -> JsonAnswer:
        """From the beginning again where it gave way to a candidate, while there is time."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await self._once(trial, first_by_s, ends_s)
            except _GaveWay:
                within_s = self._first_within_s(trial.request)
                if trial.emitted or ends_s - loop.time() < within_s:
                    raise LlmUnavailable("candidates are first", failure="busy") from None
                self.counts.again(trial.request.purpose)
                trial = _Attempt(trial.request, trial.schema, trial.emit, began_s=loop.time())
                first_by_s = loop.time() + within_s

    async def _once(self, trial: _Attempt, first_by_s: float, ends_s: float) -> JsonAnswer:
        self._rested()
        try:
            async with (
                asyncio.timeout_at(first_by_s) as deadline,
                self._places.place(trial.giving_way(deadline)),
            ):
                trial.placed_s = asyncio.get_running_loop().time()
                async with self._judged(trial, deadline):
                    return await self._read(trial, deadline, ends_s)
        except NoPlace:
            raise LlmUnavailable("too many wait for the model", failure="busy") from None
        except TimeoutError:
            if trial.gave_way:
                raise _GaveWay from None
            if trial.placed_s is None:
                raise LlmUnavailable("no place at the model in time", failure="busy") from None
            if not trial.first_token:
                raise LlmUnavailable("no first word in time", failure="silent") from None
            raise LlmUnavailable("too slow: not finished in time", failure="slow") from None

    async def _read(self, trial: _Attempt, deadline: asyncio.Timeout, ends_s: float) -> JsonAnswer:
        """To the end of the answer. The first token moves the deadline to that of the last one."""
        reader = Reader(trial.request, is_json=trial.schema is not None)
        ending: Ending = ""
        loop = asyncio.get_running_loop()
        async with aclosing(self._engine.chat(trial.request, trial.schema)) as pieces:
            async for piece in pieces:
                if piece.text and not trial.first_token:
                    trial.first_token = True
                    if not trial.gave_way:
                        deadline.reschedule(ends_s)
                    self.counts.first_token(trial.request.purpose, loop.time() - trial.began_s)
                trial.pass_on(reader.take(piece.text))
                if piece.ending:
                    ending = piece.ending
                    break
        trial.pass_on(reader.finish(ending))
        if trial.schema is None:
            return JsonAnswer({}, reader.text, self._engine.model)
        value = reader.value(ending)
        if not Draft202012Validator(trial.schema).is_valid(value):
            raise EngineFault("wrong_schema", "JSON of another shape", ill=False)
        return JsonAnswer(value, reader.text, self._engine.model)

    # --- The circuit

    def _rested(self) -> None:
        if self._closed:
            raise LlmUnavailable("the server is closing", failure="no_model")
        wait_s = self.circuit.open_for_s(self._now_s())
        if wait_s > 0:
            raise LlmUnavailable(f"circuit open for {wait_s:.0f} s more", failure="resting")

    @asynccontextmanager
    async def _judged(self, trial: _Attempt, deadline: asyncio.Timeout) -> AsyncIterator[None]:
        """Asks the circuit before, and tells it what came of it."""
        if not self.circuit.allow(self._now_s(), background=trial.in_background):
            self._rested()
            raise LlmUnavailable("another request tries the model", failure="resting")
        try:
            yield
        except EngineFault as fault:
            if fault.ill:
                self._failed(fault.failure, certain=fault.certain)
            else:
                self.circuit.success()  # it answers; what it says is another matter
            raise
        except BaseException:
            if self._is_to_blame(trial, deadline):
                self._failed("slow" if trial.first_token else "silent")
            else:
                self.circuit.abandon()
            raise
        else:
            self.circuit.success()

    def _is_to_blame(self, trial: _Attempt, deadline: asyncio.Timeout) -> bool:
        """Of an attempt that was given up. Not where there was little time; but a candidate's
        requests are given up early, so silence counts before its deadline."""
        if trial.gave_way or trial.request.purpose == "warm_up":
            return False  # to load a model may take longer than any answer
        had_s = asyncio.get_running_loop().time() - (trial.placed_s or 0.0)
        if not trial.first_token:
            return had_s >= min(SILENCE_S, self._first_token_s)
        return deadline.expired() and had_s >= self._first_token_s

    def _failed(self, reason: Failure, *, certain: bool = False) -> None:
        was_open = self.circuit.open_for_s(self._now_s()) > 0
        self.circuit.failure(self._now_s(), certain=certain)
        still_s = self.circuit.open_for_s(self._now_s())
        if still_s > 0 and not was_open:
            logger.warning("language model: %s; left alone for %.0f s", reason, still_s)

    def _gauges(self) -> dict[str, float]:
        return {
            "running": self._places.taken,
            "waiting": self._places.waiting,
            "open": 0 if self.circuit.open_for_s(self._now_s()) == 0 else 1,
        }


class _GaveWay(Exception):
    """A candidate needs the place."""


@dataclass
class _Attempt:
    """How far one attempt got."""

    request: LlmRequest
    schema: Mapping[str, Any] | None
    emit: Callable[[str], None]
    began_s: float
    placed_s: float | None = None
    first_token: bool = False
    emitted: bool = False
    gave_way: bool = False

    @property
    def in_background(self) -> bool:
        return self.request.purpose in _BACKGROUND

    def giving_way(self, deadline: asyncio.Timeout) -> Callable[[], None] | None:
        """What ends it early, by its deadline, when a candidate needs its place."""

        def give_way() -> None:
            if not deadline.expired():
                self.gave_way = True
                deadline.reschedule(asyncio.get_running_loop().time())

        return give_way if self.in_background else None

    def pass_on(self, text: str) -> None:
        if text:
            self.emitted = True
            self.emit(text)


def _drop(_piece: str) -> None:
    """JSON is of no use before it is whole."""


def _is_over(task: asyncio.Task[Any], pieces: asyncio.Queue[str | None]) -> None:
    if not task.cancelled():
        task.exception()  # seen here: whoever left early does not ask for it
    pieces.put_nowait(None)
