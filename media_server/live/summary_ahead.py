"""What a summary would tell of each answer, prepared while the next ones are given.

Key sentences are taken out in a thread: of a hundred answers that holds up whatever else the
process does. Then a model may say them back, where there is one. It is asked in the background, so
it never takes the place of a reply that somebody waits for; what it says passes the checks of
`interviewer.summaries` or is dropped. Nothing waits for any of this: what is not at hand when the
summary is wanted is taken from the answer then and there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol, cast

from media_server.interview import summing
from media_server.interview.agenda import Prompt
from media_server.interview.key_sentences import key_sentences
from media_server.interview.state import State
from media_server.interview.summary_events import SentenceAhead
from media_server.live.tasks import TaskOwner
from media_server.ports import Llm, LlmRequest, LlmUnavailable, Public

DEADLINE_S = 20.0
"""Of one answer at the model, from when it is asked: candidates' requests go first."""
MOST_REQUESTS = 250
"""Of one session. Each answer is asked about once for the same words, a few times in all."""
_TRY_LATER = ("busy", "resting", "no_model")

logger = logging.getLogger(__name__)


class Session(Protocol):
    interview_id: str

    @property
    def state(self) -> State: ...


class SummaryAhead:
    """One per session; at most one answer is being worked on."""

    def __init__(
        self, session: Session, llm: Llm, tasks: TaskOwner, count: Callable[[str], None]
    ) -> None:
        self._session = session
        self._llm = llm
        self._tasks = tasks
        self._count = count
        self.told: Mapping[str, SentenceAhead] = session.state.told_ahead
        """By prompt id. Replaced as a whole, never changed."""
        self._asked: set[tuple[str, int]] = set()
        """(prompt id, hash of its words) that a model was asked about."""
        self._runs = False
        self._again = False

    def known_to(self, state: State) -> State:
        """The state with what is at hand."""
        same = state.told_ahead is self.told
        return state if same else replace(state, told_ahead=self.told)

    def look(self) -> None:
        """Prepare what is not prepared, now or after what is under way."""
        self._again = True
        if not self._runs:
            self._runs = self._tasks.spawn(self._run(), "summary ahead")

    async def _run(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._take_out()
                await self._have_worded()
        except Exception as error:
            # The type alone: the text of an error may quote what a candidate said.
            kind = Public(type(error).__name__)
            logger.error("interview %s: no summary ahead: %s", self._session.interview_id, kind)
        finally:
            self._runs = False

    async def _take_out(self) -> None:
        """The key sentences of every answer whose words are new."""
        found = await asyncio.to_thread(_taken_out, self._session.state, self.told)
        if found:
            self.told = MappingProxyType({**self.told, **found})

    async def _have_worded(self) -> None:
        """One answer after the other, until there is none left or the model is not to be had."""
        while self._llm.available() and len(self._asked) < MOST_REQUESTS and not self._again:
            found = await asyncio.to_thread(
                _next_to_word, self._session.state, self.told, frozenset(self._asked)
            )
            if found is None:
                return
            prompt, heard = found
            key = (prompt.prompt_id, hash(heard))
            try:
                text = await self._worded(prompt, heard)
            except LlmUnavailable as error:
                if error.failure in _TRY_LATER:
                    return
                text = ""
            self._asked.add(key)
            if text:
                made = SentenceAhead(of=heard, text=text, source="model")
                self.told = MappingProxyType({**self.told, prompt.prompt_id: made})

    async def _worded(self, prompt: Prompt, heard: str) -> str:
        """ "": it did not pass the checks. Raises LlmUnavailable."""
        locale = self._session.state.spec.candidate.locale
        request, checked = await asyncio.to_thread(_request, prompt, heard, locale)
        if request is None:
            return ""
        stream = cast("AsyncGenerator[str, None]", self._llm.stream(request))
        async with aclosing(stream) as pieces:
            said = "".join([piece async for piece in pieces])
        try:
            text = await asyncio.to_thread(checked, said, heard, locale)
        except ValueError:
            self._count("summaries_dropped")
            return ""
        self._count("summaries_worded")
        return text


def _taken_out(state: State, known: Mapping[str, SentenceAhead]) -> dict[str, SentenceAhead]:
    locale = state.spec.candidate.locale
    found = {}
    for prompt, heard in summing.to_prepare(state):
        before = known.get(prompt.prompt_id)
        if before is None or before.of != heard:
            told = key_sentences(heard, locale, prompt.text)
            found[prompt.prompt_id] = SentenceAhead(of=heard, text=told)
    return found


def _next_to_word(
    state: State, known: Mapping[str, SentenceAhead], asked: frozenset[tuple[str, int]]
) -> tuple[Prompt, str] | None:
    """The first answer that a model was not asked about."""
    for prompt, heard in summing.to_prepare(state):
        before = known.get(prompt.prompt_id)
        is_worded = before is not None and before.of == heard and before.source == "model"
        if not is_worded and (prompt.prompt_id, hash(heard)) not in asked:
            return prompt, heard
    return None


def _request(
    prompt: Prompt, heard: str, locale: str
) -> tuple[LlmRequest | None, Callable[[str, str, str], str]]:
    """In a thread: the first time it loads the words of five languages. None: no model is asked."""
    from media_server.interviewer import summaries  # noqa: PLC0415 - see above

    if not summaries.may_ask(heard, locale):
        return None, summaries.checked
    return summaries.request(heard, prompt.text, locale, total_s=DEADLINE_S), summaries.checked
