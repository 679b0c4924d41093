"""One candidate of `simulate`: from the link to the end of the interview, over real WebRTC.

A call that is lost is made again, as the page does it (`returning`)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from media_server.tools.dialogue import Dialogue
from media_server.tools.headless import HeadlessCandidate, HeadlessError
from media_server.tools.replies import Leave, Replies, Say, Type
from media_server.tools.returning import GONE_S, HEARTBEAT_S, SUSPECT_S, CallLost
from media_server.tools.simulation_line import Line, SimulationFailed, refusal_of
from media_server.tools.two_sided_wav import TwoSidedWav

SETTLE_S = 120.0
"""How long the last transcripts may take after the end, on a machine that is busy."""
RECORD_S = 30.0
"""And the second decoding for the record, which a busy machine may leave out."""
_AFTER_S = 1.0
"""After an answer: silence in which nothing else is said."""


@dataclass
class Said:
    """What was said to one prompt, and when the server did what. Times are of `time.monotonic`."""

    text: str
    """Where it is known."""
    duration_s: float
    ended_s: float
    """When its last sound left."""
    turn_ended_s: float | None = None
    reply_s: float | None = None
    """When the next words of the bot began."""


MakeReplies = Callable[[str], Awaitable[Replies]]
"""Given the interview's locale."""


@dataclass
class Simulation:
    """`hold`, then `fetch_result`. What happened stays in the fields."""

    url: str
    join_link: str | None
    make_replies: MakeReplies
    dialogue: Dialogue
    recording: TwoSidedWav | None = None
    status: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)
    finals: list[dict[str, Any]] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    """The last that was said to each prompt."""
    replies: Replies | None = None
    _messages: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _heard_s: float = 0.0
    """When the server last said anything."""
    _newest: int = 0
    """Of the events that were heard: the server goes on after it in the next call."""
    _tries: dict[str, int] = field(default_factory=dict)
    _speaking_until_s: float = 0.0
    _listening_from_s: float | None = None
    """Since when the server listens; None: it does not."""
    _owed: bool = False
    """Something was asked, or the bot has spoken, since the last reply."""

    def __post_init__(self) -> None:
        def note(text: str) -> None:
            self.dialogue.line("note", text)

        self._line = Line(self.url, self.join_link, self._make_candidate, note)

    @property
    def base(self) -> str:
        """The server's URL, once it is known."""
        return self._line.base

    @property
    def interview_id(self) -> str:
        return self._line.interview_id

    # --- the calls ---

    async def hold(self, session: aiohttp.ClientSession) -> None:
        """A call that is lost is followed by another. Raises SimulationFailed."""
        page = await self._line.join(session)
        self.replies = replies = await self.make_replies(str(page.get("locale") or "en"))
        try:
            candidate = await self._line.call(session)
            while (lost := await self._talk(candidate, replies)) is not None:
                self._forget_call()
                candidate = await self._line.back(session, lost)
        finally:
            await replies.close()

    async def _talk(self, candidate: HeadlessCandidate, replies: Replies) -> CallLost | None:
        """To the end of the interview (None), or of this call."""
        try:
            candidate.send({"type": "hello", "last_seq": self._newest, "client": "simulate"})
            candidate.send({"type": "ready"})
            await self._converse(candidate, replies)
        except (CallLost, HeadlessError) as error:
            await candidate.vanish()  # nobody is there who would hear a goodbye
            return error if isinstance(error, CallLost) else CallLost("cut")
        except BaseException:
            await candidate.leave()
            raise
        await candidate.leave()
        return None

    def _make_candidate(self) -> HeadlessCandidate:
        """What an earlier one still has to say is not heard any more."""
        messages = self._messages = asyncio.Queue(1000)

        def hear(message: dict[str, Any]) -> None:
            self._heard_s = time.monotonic()
            if not messages.full():
                messages.put_nowait(message)

        self._heard_s = time.monotonic()
        candidate = HeadlessCandidate(on_message=hear)
        candidate.recording = self.recording
        return candidate

    def _forget_call(self) -> None:
        """What was being said is not said to its end: it is answered once more."""
        if self.questions and not self._owed:
            prompt_id = prompt_id_of(self.questions[-1])
            self._tries[prompt_id] = max(0, self._tries.get(prompt_id, 0) - 1)
            self._owed = True
        self._listening_from_s = None
        self._speaking_until_s = 0.0

    async def fetch_result(
        self, session: aiohttp.ClientSession, api_key: str | None
    ) -> dict[str, Any] | None:
        """The integrator's result, once every transcript is in. None: no key is known."""
        key = api_key or os.environ.get("MEDIA_SERVER_API_KEY") or _kept_key()
        if not key:
            return None
        began_s = time.monotonic()
        while True:
            async with session.get(
                f"{self.base}/v1/interviews/{self.interview_id}/result",
                headers={"Authorization": f"Bearer {key}"},
            ) as response:
                if response.status == 401:
                    return None
                if response.status >= 400:
                    raise await refusal_of(response)
                result: dict[str, Any] = await response.json()
            wait_s = RECORD_S if result.get("record_pending") else 0.0
            wait_s = SETTLE_S if result["pending_segments"] else wait_s
            if time.monotonic() - began_s >= wait_s:
                return result
            await asyncio.sleep(0.5)

    # --- the conversation ---

    async def _converse(self, candidate: HeadlessCandidate, replies: Replies) -> None:
        """Until the interview is over. Raises CallLost, HeadlessError."""
        next_beat_s = 0.0
        while not self.status:
            if time.monotonic() >= next_beat_s:
                await self._beat(candidate)
                next_beat_s = time.monotonic() + HEARTBEAT_S
            try:
                async with asyncio.timeout(0.2):
                    message = await self._messages.get()
            except TimeoutError:
                message = {}
            self.hear(message, replies)
            if self.may_speak(replies):
                self.answer(candidate, replies)

    async def _beat(self, candidate: HeadlessCandidate) -> None:
        """Raises CallLost when nobody is there any more."""
        silent_s = time.monotonic() - self._heard_s
        if silent_s >= GONE_S:
            raise CallLost("silent")
        cut = candidate.closed.is_set() and self._messages.empty()
        if cut or (silent_s >= SUSPECT_S and not await candidate.is_known()):
            raise CallLost("cut")
        candidate.send({"type": "ping", "t_ms": round(time.monotonic() * 1000)})

    def may_speak(self, replies: Replies) -> bool:
        """Whether the server listens, something was asked, and a person would begin now."""
        since_s, now_s = self._listening_from_s, time.monotonic()
        if since_s is None or not self._owed or not self.questions:
            return False
        return now_s > max(self._speaking_until_s, since_s + replies.think_s)

    def hear(self, message: dict[str, Any], replies: Replies) -> None:  # noqa: C901
        """One message of the server's, one case each; {}: none came. Raises CallLost."""
        self._newest = max(self._newest, int(message.get("seq") or 0))
        match message.get("type"):
            case "welcome":
                self._line.resume = message.get("resume_token") or self._line.resume
                self._newest = min(self._newest, message.get("last_seq", self._newest))
                for notice in message["notices"]:
                    self.dialogue.line("note", notice)
            case "question":
                self._owed = True
                self.questions.append(message)
                replies.expect(message)
                self.dialogue.heading(place_of(message))
            case "caption":
                self._owed = True
                self._replied()
                self.dialogue.line("bot", message["text"])
            case "transcript" if message["final"]:
                self.finals.append(message)
                self.dialogue.line("you", message["text"] or "(nothing was recognised)")
            case "transcript" if message["text"]:
                self.dialogue.interim(message["text"])
            case "turn" if message["phase"] == "ended":
                self._owed = True
                self._listening_from_s = None  # its `state` may come a little later
                self._turn_ended()
                self.dialogue.line("turn", f"ended: {message['reason']}")
            case "state":
                listening = message["activity"] == "listening"
                if not listening:
                    self._listening_from_s = None
                elif self._listening_from_s is None:
                    self._listening_from_s = time.monotonic()
            case "hint":
                self.dialogue.line("hint", message["text"])
            case "error":
                self.dialogue.line("error", message["message"])
                if message.get("code") == "moved":
                    raise CallLost("moved")
                if not message["recoverable"]:
                    raise SimulationFailed(message["message"])
            case "completed":
                self.status = message["status"]
                self.dialogue.line("end", f"{message['status']}: {message['ended_reason']}")

    def answer(self, candidate: HeadlessCandidate, replies: Replies) -> None:
        """Reply to what was asked last, if the reply is ready."""
        question = self.questions[-1]
        prompt_id = prompt_id_of(question)
        tries = self._tries.get(prompt_id, 0)
        match replies.reply(question, tries):
            case None:
                return
            case Leave(why):
                self.dialogue.line("note", f"{why}: leaving")
                candidate.send({"type": "leave"})
                self._speaking_until_s = time.monotonic() + 10.0
            case Type(text, why):
                self.dialogue.line("type", f"{text} ({why})" if why else text)
                candidate.send({"type": "text_answer", "text": text})
            case Say() as say:
                self._say(candidate, prompt_id, say)
        self._owed, self._listening_from_s = False, None

    def _say(self, candidate: HeadlessCandidate, prompt_id: str, say: Say) -> None:
        self.dialogue.line("say", say.label)
        # Silence that follows is the pause a person makes; the server hears it and ends the turn.
        ended_s = time.monotonic() + candidate.say(say.pcm, say.rate)
        self._speaking_until_s = ended_s + _AFTER_S
        if say.is_request:
            return
        self._tries[prompt_id] = self._tries.get(prompt_id, 0) + 1
        self.said[prompt_id] = Said(say.text, say.duration_s, ended_s)

    def _turn_ended(self) -> None:
        said = self._last_said()
        if said is not None and said.turn_ended_s is None and time.monotonic() > said.ended_s:
            said.turn_ended_s = time.monotonic()

    def _replied(self) -> None:
        said = self._last_said()
        if said is not None and said.turn_ended_s is not None and said.reply_s is None:
            said.reply_s = time.monotonic()

    def _last_said(self) -> Said | None:
        return list(self.said.values())[-1] if self.said else None

    def seen(self) -> dict[str, Any]:
        """What the candidate saw, in the shape of a result as far as it goes."""
        asked = {prompt_id_of(question): question for question in self.questions}
        answers = [
            {
                "prompt_id": prompt_id,
                "kind": question.get("kind", "question"),
                "question_id": question["question_id"] or None,
                "asked_text": question["text"],
                "text": " ".join(
                    final["text"] for final in self.finals if prompt_id_of(final) == prompt_id
                ),
            }
            for prompt_id, question in asked.items()
        ]
        return {"id": self.interview_id, "status": self.status, "answers": answers}


def prompt_id_of(about: dict[str, Any]) -> str:
    """What a message or an answer is about; servers of before asked core questions only."""
    return str(about.get("prompt_id") or about["question_id"])


def place_of(question: dict[str, Any]) -> str:
    """Of a `question` message."""
    where = f"question {question['number']} of {question['of']}"
    match question.get("kind", "question"):
        case "question":
            return where
        case "follow_up":
            return f"follow-up to {where}"
        case kind:
            return str(kind).replace("_", " ")


def _kept_key() -> str:
    """The key that `serve` made and kept, when simulate runs beside it."""
    path = Path(os.environ.get("DATA_DIR") or "data") / "secrets" / "api-key"
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
