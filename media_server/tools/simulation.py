"""One candidate of `simulate`: from the link to the end of the interview, over real WebRTC."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from media_server.tools.dialogue import Dialogue
from media_server.tools.headless import HeadlessCandidate, HeadlessError
from media_server.tools.replies import Leave, Replies, Say, Type
from media_server.tools.two_sided_wav import TwoSidedWav

BUSY_TRIES = 3
BUSY_WAIT_S = 5.0
SETTLE_S = 120.0
"""How long the last transcripts may take after the end, on a machine that is busy."""
RECORD_S = 30.0
"""And the second decoding for the record, which a busy machine may leave out."""
_AFTER_S = 1.0
"""After an answer: silence in which nothing else is said."""


class SimulationFailed(Exception):
    """The interview could not be held; the text is a sentence for a person."""


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
    base: str = ""
    interview_id: str = ""
    status: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)
    finals: list[dict[str, Any]] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    """The last that was said to each prompt."""
    replies: Replies | None = None
    _messages: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(1000))
    _tries: dict[str, int] = field(default_factory=dict)
    _speaking_until_s: float = 0.0
    _listening_from_s: float | None = None
    """Since when the server listens; None: it does not."""
    _owed: bool = False
    """Something was asked, or the bot has spoken, since the last reply."""

    # --- HTTP ---

    async def hold(self, session: aiohttp.ClientSession) -> None:
        """Raises SimulationFailed."""
        link = await self._link(session)
        joined = await self._post(session, f"{self.base}/v1/join", {"link": link})
        page, token = joined["page"], joined["token"]
        self.interview_id = joined["interview"]
        self.dialogue.line("note", f"“{page['title']}”, {page['questions_total']} questions")
        consent = page["consent"]
        if consent["required"] and not consent["given"]:
            await self._post(session, f"{self.base}/v1/consent",
                             {"version": consent["version"], "accepted": True}, token)  # fmt: skip
            self.dialogue.line("note", f"consent to version {consent['version']} given")
        self.replies = replies = await self.make_replies(str(page.get("locale") or "en"))
        try:
            await self._call(token, session, replies)
        finally:
            await replies.close()

    async def _call(self, token: str, session: aiohttp.ClientSession, replies: Replies) -> None:
        began_s = time.monotonic()
        candidate = await self._connect(token, session)
        try:
            took_ms = (time.monotonic() - began_s) * 1000
            self.dialogue.line("note", f"connected in {took_ms:.0f} ms")
            candidate.send({"type": "hello", "last_seq": 0, "client": "simulate"})
            candidate.send({"type": "ready"})
            await self._converse(candidate, replies)
        finally:
            await candidate.leave()

    async def _link(self, session: aiohttp.ClientSession) -> str:
        url = self.join_link
        if url is None:
            self.base = self.url.rstrip("/")
            url = (await self._post(session, f"{self.base}/v1/demo", {}))["join_url"]
        path = urlsplit(url)
        if "/j/" not in path.path:
            raise SimulationFailed(f"{url} is no join link: it should contain /j/")
        prefix, _, link = path.path.rpartition("/j/")
        if path.scheme and self.join_link is not None:
            self.base = f"{path.scheme}://{path.netloc}{prefix}"
        self.base = self.base or self.url.rstrip("/")
        return link

    async def _connect(self, token: str, session: aiohttp.ClientSession) -> HeadlessCandidate:
        """A full server is asked again; every other refusal is shown."""
        for attempt in range(1, BUSY_TRIES + 1):
            candidate = HeadlessCandidate(on_message=self._on_message)
            candidate.recording = self.recording
            try:
                await candidate.connect(f"{self.base}/whip/{self.interview_id}", token, session)
                return candidate
            except HeadlessError as error:
                if error.status != 503 or attempt == BUSY_TRIES:
                    raise SimulationFailed(f"no call: {_sentence(error)}") from error
                self.dialogue.line(
                    "note", f"the server takes no newcomers now, trying again in {BUSY_WAIT_S:g} s"
                )
                await asyncio.sleep(BUSY_WAIT_S)
        raise SimulationFailed("the server stayed full")

    async def _post(
        self, session: aiohttp.ClientSession, url: str, body: dict[str, Any], token: str = ""
    ) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with session.post(url, json=body, headers=headers) as response:
            if response.status >= 400:
                raise SimulationFailed(await _problem(response))
            return await response.json() if response.status != 204 else None

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
                    raise SimulationFailed(await _problem(response))
                result: dict[str, Any] = await response.json()
            wait_s = RECORD_S if result.get("record_pending") else 0.0
            wait_s = SETTLE_S if result["pending_segments"] else wait_s
            if time.monotonic() - began_s >= wait_s:
                return result
            await asyncio.sleep(0.5)

    # --- the conversation ---

    def _on_message(self, message: dict[str, Any]) -> None:
        if not self._messages.full():
            self._messages.put_nowait(message)

    async def _converse(self, candidate: HeadlessCandidate, replies: Replies) -> None:
        next_ping_s = 0.0
        while not self.status:
            now_s = time.monotonic()
            if now_s >= next_ping_s:
                candidate.send({"type": "ping", "t_ms": round(now_s * 1000)})
                next_ping_s = now_s + 2.0
            try:
                async with asyncio.timeout(0.2):
                    message = await self._messages.get()
            except TimeoutError:
                message = {}
            self.hear(message, replies)
            if self.may_speak(replies):
                self.answer(candidate, replies)

    def may_speak(self, replies: Replies) -> bool:
        """Whether the server listens, something was asked, and a person would begin now."""
        since_s, now_s = self._listening_from_s, time.monotonic()
        if since_s is None or not self._owed or not self.questions:
            return False
        return now_s > max(self._speaking_until_s, since_s + replies.think_s)

    def hear(self, message: dict[str, Any], replies: Replies) -> None:  # noqa: C901
        """One message of the server's, one case each; {}: none came."""
        match message.get("type"):
            case "welcome":
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


def _sentence(error: HeadlessError) -> str:
    """The problem details a WHIP refusal carries, as one sentence."""
    try:
        return f"{error.status} {json.loads(error.detail)['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{error.status or ''} {error.detail}".strip()


async def _problem(response: aiohttp.ClientResponse) -> str:
    """RFC 9457 problem details as one sentence."""
    try:
        problem = await response.json(content_type=None)
        detail = problem.get("detail") or problem.get("title") or ""
    except (ValueError, AttributeError, aiohttp.ClientError):
        detail = response.reason or ""
    return f"{response.method} {response.url.path}: {response.status} {detail}"


def _kept_key() -> str:
    """The key that `serve` made and kept, when simulate runs beside it."""
    path = Path(os.environ.get("DATA_DIR") or "data") / "secrets" / "api-key"
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
