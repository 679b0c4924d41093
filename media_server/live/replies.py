"""Replies made while the candidate may still be speaking: the model is asked, its proposal checked,
and its sound prepared, as one task of the session that can be stopped at any moment.

The machine asks (`PrepareReply`), and goes on without an answer that comes too late. Nothing here
decides what is said: what a model proposes passes the checks of `interviewer`, or is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from media_server.interview import effects as fx
from media_server.interview import faq, faq_asked, faq_pieces, pacing
from media_server.interview import inputs as inp
from media_server.interview.pause import whole_wait_ms
from media_server.interview.replies_ahead import Dropped, NextReply
from media_server.interview.rubric import FaqEntry
from media_server.interview.state import State
from media_server.live import warming
from media_server.live.prompt_audio import PromptAudio
from media_server.live.services import Services
from media_server.live.tasks import TaskOwner
from media_server.live.transcription import Transcriber
from media_server.ports import LlmRequest, LlmUnavailable, Public
from media_server.ports.turn_trace import turn_id_of
from media_server.wall_clock import InterviewClock

if TYPE_CHECKING:
    from media_server.interviewer.follow_ups import FollowUpTask, WhyNot

logger = logging.getLogger(__name__)

DEADLINE_S = 8.0
"""Of one reply, from when it is asked for: by then the longest pause is over, and the machine has
gone on. It cancels long before where nobody waits any more."""
WORDS_WAIT_S = 2.0
"""How long words are waited for that the recogniser owes; then those that are known have to do."""
SOUND_S = 0.3
"""What the sound of a second proposal may take, besides as long as the first one took."""
TRIES = 2


class Session(Protocol):
    """What replies ask of their session."""

    interview_id: str

    @property
    def clock(self) -> InterviewClock: ...
    @property
    def state(self) -> State: ...
    def post(self, input_: inp.Input) -> None: ...


class Replies:
    """One per session; at most one reply is being made."""

    def __init__(
        self,
        session: Session,
        services: Services,
        transcriber: Transcriber,
        prompt_audio: PromptAudio,
        tasks: TaskOwner,
        count: Callable[[str], None],
    ) -> None:
        self._session = session
        self._services = services
        self._transcriber = transcriber
        self._prompt_audio = prompt_audio
        self._tasks = tasks
        self._count = count
        self._wanted = ""
        """The reply that is being made; "": none."""
        self._task: asyncio.Task[None] | None = None
        self._dropped: list[Dropped] = []
        """Of the reply that is being made: told also where it comes to nothing."""
        self._interim: tuple[int, str] = (0, "")
        """(turn_epoch, text): the newest guess at words whose final has not come."""
        self._words_came = asyncio.Event()
        self._is_warm = False
        spec = session.state.spec
        self._faq_index = faq.prepare(spec.faq, spec.candidate.locale)
        """Held: so no question makes it again, whoever asks, while the session lives."""

    # --- what the session tells ---

    def hears(self, input_: inp.Input) -> None:
        """After an input was handled: words of the open turn."""
        if isinstance(input_, inp.CallConnected):
            self._warm_up()
        elif isinstance(input_, inp.InterimHeard) and input_.text:
            self._interim = (input_.turn_epoch, input_.text)
        elif isinstance(input_, inp.SegmentHeard):
            self._interim = (0, "")  # a guess at these words, or at those before them
            self._words_came.set()

    def _warm_up(self) -> None:
        """Once, when the candidate has come: the words of the checks are loaded, and the model."""
        spec, llm = self._session.state.spec, self._services.llm
        wanted = spec.faq or any(question.follow_ups.max for question in spec.questions)
        if self._is_warm or not wanted or llm.scripted:
            return
        self._is_warm = self._tasks.spawn(warming.warm_up(llm, spec.candidate.locale), "warm up")

    def prepare(self, effect: fx.PrepareReply) -> None:
        """Begin; one that is under way is stopped."""
        self.cancel(self._wanted)
        if not self._services.llm.available():
            why = "no model" if self._services.llm.scripted else "the model is left to rest"
            self._session.post(inp.ReplyFailed(effect.reply_id, why))
            return
        self._wanted, self._dropped = effect.reply_id, []
        if not self._tasks.spawn(self._make(effect), "reply"):
            self._wanted = ""
            self._session.post(inp.ReplyFailed(effect.reply_id, "too many tasks"))

    def cancel(self, reply_id: str) -> None:
        """Stop making it. The model's server learns of it by the closed line, and the log of what
        was dropped until then."""
        if reply_id != self._wanted or not reply_id:
            return
        self._wanted = ""
        if self._dropped:
            self._session.post(self._only_dropped(reply_id))
        if self._task is not None:
            self._task.cancel()
            self._task = None

    # --- one reply ---

    async def _make(self, effect: fx.PrepareReply) -> None:
        if effect.reply_id != self._wanted:
            return  # cancelled before it began
        self._task = asyncio.current_task()
        answer: inp.ReplyReady | inp.ReplyFailed
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._made(effect)
        except LlmUnavailable as error:
            answer = inp.ReplyFailed(effect.reply_id, error.failure)
        except TimeoutError:
            answer = inp.ReplyFailed(effect.reply_id, "slow")
            if self._dropped:
                answer = self._only_dropped(effect.reply_id)
        except Exception as error:
            # The type alone: the text of an error may quote what a candidate said.
            kind = type(error).__name__
            turn_id = turn_id_of(self._session.interview_id, effect.turn_epoch)
            logger.error("turn=%s: no reply: %s", turn_id, Public(kind))
            answer = inp.ReplyFailed(effect.reply_id, kind)
        if effect.reply_id == self._wanted:
            self._wanted, self._task = "", None
            self._session.post(answer)

    async def _made(self, effect: fx.PrepareReply) -> inp.ReplyReady:
        until_s = self._now_s() + DEADLINE_S
        await self._owed_words(effect.turn_epoch)
        state = self._session.state
        turn = state.turn(effect.turn_epoch)
        found = faq_asked.question_match(state, turn) if turn is not None else None
        if turn is not None and found is not None:
            reply = await self._from_faq(found.entry, turn.text, until_s)
        else:
            guess = self._guess(effect.turn_epoch)
            task = await asyncio.to_thread(_planned, state, effect.prompt_id, guess)
            if isinstance(task, str):
                return inp.ReplyReady(effect.reply_id, NextReply("next", reason=task))
            reply = await self._ask_back(task, until_s)
        if reply.text and self._session.state.connected:
            reply = await self._with_sound(reply)
        return inp.ReplyReady(effect.reply_id, reply, tuple(self._dropped))

    def _only_dropped(self, reply_id: str) -> inp.ReplyReady:
        nothing = NextReply("next", reason="what the model proposed was dropped")
        return inp.ReplyReady(reply_id, nothing, tuple(self._dropped))

    async def _owed_words(self, turn_epoch: int) -> None:
        """Until every final of the turn that is on its way has come, or long enough."""
        try:
            async with asyncio.timeout(WORDS_WAIT_S):
                while self._is_owed(turn_epoch):
                    self._words_came.clear()
                    await self._words_came.wait()
        except TimeoutError:
            pass  # the words so far have to do

    def _is_owed(self, turn_epoch: int) -> bool:
        """On its way to us, or come and not handled yet."""
        owed = [asked.segment for asked in self._transcriber.owed.values()]
        owed += [asked.segment for asked in self._session.state.pending.values()]
        return any(segment.turn_epoch == turn_epoch for segment in owed)

    def _guess(self, turn_epoch: int) -> str:
        """At words whose final is still owed."""
        of_turn, text = self._interim
        return text if of_turn == turn_epoch and self._is_owed(turn_epoch) else ""

    async def _ask_back(self, task: FollowUpTask, until_s: float) -> NextReply:
        """A checked follow-up, or none."""
        dropped = self._dropped
        for trial in range(TRIES):
            began_s = self._now_s()
            left_s = until_s - began_s
            request = task.request(first_token_s=left_s, total_s=left_s, again=bool(dropped))
            try:
                answer = await self._services.llm.json(request, task.schema)
            except LlmUnavailable as error:
                if dropped:
                    break
                if error.next_step != "retry" or trial + 1 == TRIES:
                    raise
                continue
            read = await asyncio.to_thread(task.read, answer.value)
            if isinstance(read, NextReply):
                return read
            self._count("follow_ups_dropped")
            dropped.append(read)
            if self._waited_for_s() < self._now_s() - began_s + SOUND_S:
                break  # nobody would wait for another one: better to say so now
        return NextReply("next", reason="what the model proposed was dropped")

    def _waited_for_s(self) -> float:
        """How long the machine will still wait for a reply to the newest turn, as it stands."""
        state, now_s = self._session.state, self._session.clock.now_s()
        listening = state.listening
        if listening is None:
            ended_s = state.turn_ended_s if state.turn_ended_s is not None else now_s
            return ended_s + pacing.REPLY_WAIT_S - now_s
        if listening.pause is None:
            return DEADLINE_S
        pause_ms = whole_wait_ms(state.spec, listening.pause) - listening.pause.silence_ms
        return listening.pause.since_s + pause_ms / 1000 + pacing.REPLY_WAIT_S - now_s

    async def _from_faq(self, entry: FaqEntry, question: str, until_s: float) -> NextReply:
        """The entry in words that fit the question. Raises LlmUnavailable: its own words fit."""
        locale, left_s = self._session.state.spec.candidate.locale, until_s - self._now_s()
        request, checked = await asyncio.to_thread(_faq_request, entry, question, locale, left_s)
        found: list[str] = []

        async def check(said: str) -> None:
            try:
                found.append(await asyncio.to_thread(checked, said, entry, locale))
            except ValueError as error:  # the reason holds none of the words
                raise LlmUnavailable(str(error), failure="rejected") from None

        request = replace(request, check=check)
        stream = cast("AsyncGenerator[str, None]", self._services.llm.stream(request))
        async with aclosing(stream) as pieces:
            # Half of an answer may be a wrong one: the check needs all of it.
            said = "".join([piece async for piece in pieces])
        if not found:
            await check(said)
        return NextReply("faq_answer", text=found[0], reason="the FAQ answers it")

    async def _with_sound(self, reply: NextReply) -> NextReply:
        """Its clip is at hand from now on, of a long answer that of the first piece: the machine
        asks for the others while it is heard. Without a voice it is shown."""
        delivery = self._session.state.delivery
        is_answer = reply.kind == "faq_answer"
        text = faq_pieces.pieces(reply.text)[0] if is_answer else reply.text
        clip = await self._prompt_audio.prepare(text, delivery)
        return reply if clip is None else replace(reply, duration_s=clip.duration_s)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def _faq_request(
    entry: FaqEntry, question: str, locale: str, left_s: float
) -> tuple[LlmRequest, Callable[[str, FaqEntry, str], str]]:
    """As `_planned`; also what checks the answer."""
    from media_server.interviewer import faq_answers  # noqa: PLC0415 - see below

    made = faq_answers.request(entry, question, locale, first_token_s=left_s, total_s=left_s)
    return made, faq_answers.checked


def _planned(state: State, prompt_id: str, interim: str) -> FollowUpTask | WhyNot:
    """In a thread: the first time it loads the words of five languages."""
    from media_server.interviewer.follow_ups import plan  # noqa: PLC0415 - see above

    return plan(state, prompt_id, interim)
