"""`media-server simulate`: a headless candidate over real WebRTC, speaking recorded answers.

Joins the demo interview of a server (or a join link), waits for each question, says the next WAV,
prints what happens as it happens, and writes the result.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import aiohttp

from media_server.interview.prompt_names import prompt_names
from media_server.tools.headless import HeadlessCandidate, HeadlessError
from media_server.tools.urls import join_link, server_url
from media_server.tools.wav import PLAYBACK_RATE, BadWav, Utterance, read
from media_server.tools.wer import word_error_rate

COMPLETED, NOT_COMPLETED, BAD_INPUT = 0, 1, 2
HTTP_TIMEOUT_S = 15.0
BUSY_TRIES = 3
BUSY_WAIT_S = 5.0
BESIDE = "I have said all that I know."
"""Typed to what is asked beside the questions: nobody has a recording for it."""
SETTLE_S = 30.0
"""How long the last transcripts may take after the end."""


class SimulationFailed(Exception):
    """The interview could not be held; the text is a sentence for a person."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--url",
        type=server_url,
        default="http://localhost:8080",
        help="the server (default %(default)s)",
    )
    add("--join", type=join_link, metavar="LINK", help="a join link, not the demo interview")
    add(
        "--answers",
        nargs="+",
        type=Path,
        default=[],
        metavar="WAV",
        help="what is said, one recording per question (WAV, 8 to 48 kHz); "
        "what is asked beside the questions is answered by text",
    )
    add("--json", type=Path, metavar="FILE", help="write the result here")
    add("--api-key", help="for the result (default: MEDIA_SERVER_API_KEY, or DATA_DIR's key)")
    add("--timeout", type=float, default=900.0, metavar="S", help="give up after (%(default)g s)")


def run(args: argparse.Namespace) -> int:
    """0: completed. 1: not completed. 2: bad input, nothing was contacted."""
    try:
        answers = [read(path) for path in args.answers]
    except BadWav as error:
        print(f"simulate: {error}", file=sys.stderr)
        return BAD_INPUT
    if not answers:
        print("simulate: give at least one recording with --answers a.wav b.wav …", file=sys.stderr)
        return BAD_INPUT
    simulation = Simulation(args.url, args.join, answers, sys.stdout)
    try:
        return asyncio.run(_run(simulation, args))
    except SimulationFailed as error:
        print(f"simulate: {error}", file=sys.stderr)
        return NOT_COMPLETED
    except KeyboardInterrupt:
        print("\nsimulate: left the call; the interview waits for its candidate", file=sys.stderr)
        return NOT_COMPLETED


async def _run(simulation: Simulation, args: argparse.Namespace) -> int:
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=HTTP_TIMEOUT_S)
    ) as session:
        try:
            async with asyncio.timeout(args.timeout):
                await simulation.hold(session)
        except TimeoutError:
            raise SimulationFailed(f"not finished within {args.timeout:g} s") from None
        except aiohttp.ClientError as error:
            raise SimulationFailed(f"cannot reach {simulation.base}: {error}") from error
        result = await simulation.fetch_result(session, args.api_key)
    if result is None:
        simulation.say_line("note", "no API key: give --api-key or MEDIA_SERVER_API_KEY to fetch "
                            "the result; what the candidate saw is written instead")  # fmt: skip
        result = simulation.seen()
    simulation.summarise(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")
        simulation.say_line("note", f"result written to {args.json}")
    return COMPLETED if simulation.status == "completed" else NOT_COMPLETED


@dataclass
class Simulation:
    """One candidate from the link to the end."""

    url: str
    join_link: str | None
    answers: list[Utterance]
    out: TextIO
    base: str = ""
    interview_id: str = ""
    status: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)
    finals: list[dict[str, Any]] = field(default_factory=list)
    _began_s: float = field(default_factory=time.monotonic)
    _messages: asyncio.Queue[dict[str, Any]] = field(default_factory=lambda: asyncio.Queue(1000))
    _said: set[str] = field(default_factory=set)
    """Ids of the prompts that were answered by their recording."""
    _again: set[str] = field(default_factory=set)
    _speaking_until_s: float = 0.0
    _listening: bool = False

    # --- HTTP ---

    async def hold(self, session: aiohttp.ClientSession) -> None:
        link = await self._link(session)
        joined = await self._post(session, f"{self.base}/v1/join", {"link": link})
        page, token = joined["page"], joined["token"]
        self.interview_id = joined["interview"]
        self.say_line("note", f"“{page['title']}”, {page['questions_total']} questions")
        consent = page["consent"]
        if consent["required"] and not consent["given"]:
            await self._post(session, f"{self.base}/v1/consent",
                             {"version": consent["version"], "accepted": True}, token)  # fmt: skip
            self.say_line("note", f"consent to version {consent['version']} given")
        began_s = time.monotonic()
        candidate = await self._connect(token, session)
        try:
            self.say_line("note", f"connected in {(time.monotonic() - began_s) * 1000:.0f} ms")
            candidate.send({"type": "hello", "last_seq": 0, "client": "simulate"})
            candidate.send({"type": "ready"})
            await self._converse(candidate)
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
            try:
                await candidate.connect(f"{self.base}/whip/{self.interview_id}", token, session)
                return candidate
            except HeadlessError as error:
                if error.status != 503 or attempt == BUSY_TRIES:
                    raise SimulationFailed(f"no call: {_sentence(error)}") from error
                self.say_line("note", f"the server is full, trying again in {BUSY_WAIT_S:g} s")
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
        end_s = time.monotonic() + SETTLE_S
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
            if not result["pending_segments"] or time.monotonic() > end_s:
                return result
            await asyncio.sleep(0.5)

    # --- the conversation ---

    def _on_message(self, message: dict[str, Any]) -> None:
        if not self._messages.full():
            self._messages.put_nowait(message)

    async def _converse(self, candidate: HeadlessCandidate) -> None:
        next_ping_s = 0.0
        while not self.status:
            now_s = time.monotonic()
            if now_s >= next_ping_s:
                candidate.send({"type": "ping", "t_ms": round(now_s * 1000)})
                next_ping_s = now_s + 2.0
            try:
                async with asyncio.timeout(0.5):
                    message = await self._messages.get()
            except TimeoutError:
                message = {}
            self._hear(message)
            if self._listening and time.monotonic() > self._speaking_until_s:
                self._listening = False
                self._answer(candidate)

    def _hear(self, message: dict[str, Any]) -> None:  # noqa: C901 - one case per message
        match message.get("type"):
            case "welcome":
                for notice in message["notices"]:
                    self.say_line("note", notice)
            case "question":
                self.questions.append(message)
                self.say_line("ask", _place(message))
            case "caption":
                self.say_line("bot", message["text"])
            case "transcript" if message["final"]:
                self.finals.append(message)
                self.say_line("you", message["text"] or "(nothing was recognised)")
            case "transcript" if message["text"]:
                self.say_line("…", message["text"])
            case "turn" if message["phase"] == "ended":
                self.say_line("turn", f"ended: {message['reason']}")
            case "state":
                self._listening = message["activity"] == "listening" and bool(self.questions)
            case "hint":
                self.say_line("hint", message["text"])
            case "error":
                self.say_line("error", message["message"])
                if not message["recoverable"]:
                    raise SimulationFailed(message["message"])
            case "completed":
                self.status = message["status"]
                self.say_line("end", f"{message['status']}: {message['ended_reason']}")

    def _answer(self, candidate: HeadlessCandidate) -> None:
        question = self.questions[-1]
        prompt_id, number = _prompt_id(question), question["number"]
        if question.get("kind", "question") != "question":
            self.say_line("type", BESIDE)
            candidate.send({"type": "text_answer", "text": BESIDE})
            return
        if number > len(self.answers):
            self.say_line("note", "no recording is left: leaving")
            candidate.send({"type": "leave"})
            self._speaking_until_s = time.monotonic() + 10.0
            return
        utterance = self.answers[number - 1]
        if prompt_id in self._again:
            self.say_line("type", "(typed, because the recording was not understood twice)")
            text = utterance.reference or "This answer was typed."
            candidate.send({"type": "text_answer", "text": text})
            return
        if prompt_id in self._said:
            self._again.add(prompt_id)
        self._said.add(prompt_id)
        self.say_line("say", f"{utterance.path.name}, {utterance.duration_s:.1f} s")
        # Silence that follows is the pause a person makes; the server hears it and ends the turn.
        self._speaking_until_s = (
            time.monotonic() + candidate.say(utterance.pcm, PLAYBACK_RATE) + 1.0
        )

    # --- what a person reads ---

    def say_line(self, who: str, text: str) -> None:
        at_s = time.monotonic() - self._began_s
        self.out.write(f"{int(at_s // 60):02d}:{at_s % 60:04.1f}  {who:>5}  {text}\n")
        self.out.flush()

    def seen(self) -> dict[str, Any]:
        """What the candidate saw, in the shape of a result as far as it goes."""
        asked = {_prompt_id(question): question for question in self.questions}
        answers = [
            {
                "prompt_id": prompt_id,
                "kind": question.get("kind", "question"),
                "question_id": question["question_id"] or None,
                "asked_text": question["text"],
                "text": " ".join(
                    final["text"] for final in self.finals if _prompt_id(final) == prompt_id
                ),
            }
            for prompt_id, question in asked.items()
        ]
        return {"id": self.interview_id, "status": self.status, "answers": answers}

    def summarise(self, result: dict[str, Any]) -> None:
        self.out.write("\n")
        answers = result["answers"]
        recorded = iter(self.answers)
        for name, answer in zip(prompt_names(answers), answers, strict=True):
            self.out.write(f"{name.short}. {answer['asked_text']}\n")
            self.out.write(
                f"   {answer['text'] or '(' + answer.get('status', 'no answer') + ')'}\n"
            )
            core = answer.get("kind", "question") == "question"
            said = next(recorded, None) if core else None
            if said is not None and said.reference and _prompt_id(answer) in self._said:
                rate = word_error_rate(said.reference, answer["text"])
                self.out.write(f"   word error rate {rate:.2f} against: {said.reference}\n")
        latency = result.get("latency", {}).get("decision_to_first_audio_ms", {})
        if latency.get("n"):
            self.out.write(
                f"turn decision to next question: p50 {latency['p50']:.0f} ms, "
                f"p95 {latency['p95']:.0f} ms (n={latency['n']})\n"
            )
        self.out.flush()


def _prompt_id(about: dict[str, Any]) -> str:
    """What a message or an answer is about; servers of before asked core questions only."""
    return str(about.get("prompt_id") or about["question_id"])


def _place(question: dict[str, Any]) -> str:
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
