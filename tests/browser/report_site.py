"""Reports for the page without an interview behind them: a small server with the real protocol.

A bearer token for the report and its files, Ogg Opus with ranges for the sound, problem details for
what goes wrong. What it serves are reports of `tests.report.example`, changed where a state needs
it, each valid against the models of the server. Sound is made: a tone for every word, each word's
own, so that a test can hear which word is played and from where.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from aiohttp import web

from media_server.audio.ogg import OggOpusWriter
from media_server.audio.opus import OpusEncoder
from media_server.interview.report import Report
from tests.browser.site import CLIENT, make_app
from tests.report import example

RATE = 48_000
TOKEN = "good-token-of-the-suite-0123456789"  # noqa: S105  # of the small server below
PROBLEMS = {
    "expired-token-of-the-suite-0123456789": (401, "report_link_expired"),
    "revoked-token-of-the-suite-0123456789": (401, "report_link_revoked"),
    "other-token-of-the-suite-0123456789": (401, "report_link_other_interview"),
    "forged-token-of-the-suite-0123456789": (401, "report_link_invalid"),
    "erased-token-of-the-suite-0123456789": (410, "interview_erased"),
}
PILOT_HZ, PILOT = 90.0, 0.01
"""Heard whenever a recording plays, so that its beginning is known."""
LOWEST_HZ, STEP_HZ, TONES = 400.0, 100.0, 24
INTERVIEWER_HZ = 3400.0

Json = dict[str, Any]


def tone_hz(index: int) -> float:
    """Of the word with this number in its recording."""
    return LOWEST_HZ + STEP_HZ * (index % TONES)


Bursts = tuple[tuple[float, float, float], ...]
"""(start_s, end_s, Hz) of each."""
Score = tuple[float, Bursts, float]
"""What `tones` makes a file of."""


@cache  # most reports of the tests have the same sound, and a minute of it takes a second of CPU
def tones(duration_s: float, bursts: Bursts, pilot: float) -> bytes:
    """Ogg Opus with a tone for each burst."""
    at = np.arange(math.ceil(duration_s * RATE)) / RATE
    sound = pilot * np.sin(2 * np.pi * PILOT_HZ * at)
    for start_s, end_s, hertz in bursts:
        part = slice(int(start_s * RATE), int(end_s * RATE))
        sound[part] += 0.3 * np.sin(2 * np.pi * hertz * at[part])
    return opus((np.clip(sound, -1, 1) * 32_000).astype(np.int16))


def opus(pcm: np.ndarray[Any, np.dtype[np.int16]]) -> bytes:
    """A word lies where it is said to, as in a recording: what the encoder delays is taken off."""
    with OpusEncoder(RATE, bitrate=48_000, fec=False, complexity=0) as encoder:
        early = encoder.lookahead_samples
        frame = RATE // 50
        shifted = np.concatenate([pcm[early:], np.zeros(early + frame, np.int16)])
        writer = OggOpusWriter(serial=7)
        out = writer.header()
        for number in range(len(shifted) // frame):
            packet = encoder.encode(shifted[number * frame : (number + 1) * frame])
            out += writer.add(number / 50, packet)
        return out + writer.finish()


def words(body: Json) -> list[Json]:
    """Of the candidate, in the order of time."""
    turns = [turn for answer in body["result"]["answers"] for turn in answer["turns"]]
    found = [word for turn in turns for word in turn["words"]]
    return sorted(found, key=lambda word: float(word["s"]))


def tone_s(said: list[Json], index: int) -> float:
    """How long the tone of a word is: it ends before the next one begins."""
    room_s = said[index + 1]["s"] - said[index]["s"] if index + 1 < len(said) else 1.0
    return float(min(0.2, room_s - 0.02))


def sounds(body: Json) -> dict[str, Score]:
    """Every recording and clip of a report by its name."""
    found: dict[str, Score] = {}
    said = words(body)
    for recording in body["recordings"]:
        start_s, duration_s = recording["start_s"], recording["duration_s"]
        bursts = tuple(
            (word["s"] - start_s, word["s"] - start_s + tone_s(said, index), tone_hz(index))
            for index, word in enumerate(said)
            if start_s <= word["s"] < start_s + duration_s - 0.2
        )
        found[recording["file"]] = (duration_s, bursts, PILOT)
    for spoken in body["spoken"]:
        if spoken["file"] and spoken["file"] not in found:
            whole = ((0.0, spoken["duration_s"], INTERVIEWER_HZ),)
            found[spoken["file"]] = (spoken["duration_s"], whole, 0.0)
    return found


@cache
def story() -> Json:
    """The example, as it is served. To be copied before it is changed."""
    return example.as_served(example.report(example.told()))


def valid(body: Json) -> Json:
    """Raises ValidationError for what no server says."""
    Report.model_validate(body)
    return body


@dataclass
class Site:
    """What the small server has, and what it was asked."""

    reports: dict[str, Json] = field(default_factory=dict)
    audio_status: int = 0
    """Of every request for sound; 0: it is there."""
    renews: bool = False
    """Whether the sound is there again once the report was asked for: its addresses are new."""
    report_status: tuple[int, str] = (0, "")
    sound: Json | None = None
    """What `links.waveform` answers; None: there is no loudness."""
    asked: list[str] = field(default_factory=list)
    unchanged: int = 0
    """How often the answer was that nothing is new."""
    hold: Literal["", "look", "refresh"] = ""
    """Which report is on its way until `let_go`: the next that the page asks for by itself, or the
    next that somebody asks for."""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    decides: str = "evaluated"
    """The report about whose scores is decided."""
    decided: list[Json] = field(default_factory=list)
    """Bodies of decisions."""
    decision_status: int = 0
    """Of every decision; 0: it is taken."""
    sounds: dict[str, Score] = field(default_factory=dict)
    """Files of sound by their names. Most reports are read and never played: what is not asked for
    is not made."""
    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="report-site-")
    )

    def add(self, name: str, change: Callable[[Json], None] | None = None) -> Json:
        body = copy.deepcopy(story())
        if change is not None:
            change(body)
        self.reports[name] = valid(body)
        self.sounds |= sounds(body)
        return body

    def play_at_once(self) -> None:
        """Makes all sound now: nobody waits for it later."""
        for name in self.sounds:
            self._made(name)

    def _made(self, name: str) -> Path:
        path = Path(self.folder.name) / name
        if not path.exists():
            path.write_bytes(tones(*self.sounds[name]))
        return path

    def app(self) -> web.Application:
        app = make_app()

        async def page(_: web.Request) -> web.FileResponse:
            return web.FileResponse(CLIENT / "report.html")

        app.router.add_get("/r/{interview}", page)
        app.router.add_get("/v1/interviews/{interview}/report", self._report)
        app.router.add_post("/v1/interviews/{interview}/evaluation/decisions", self._decide)
        app.router.add_get("/v1/interviews/{interview}/audio/{name}", self._audio)
        app.router.add_get("/v1/interviews/{interview}/{file:.+}", self._file)
        return app

    def _refusal(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        status, code = PROBLEMS.get(token, (0, "") if token == TOKEN else (401, "invalid_token"))
        if not status:
            status, code = self.report_status
        if not status and request.match_info["interview"] not in self.reports:
            status, code = 404, "not_found"
        if not status:
            return None
        problem = {"type": "about:blank", "title": "no", "status": status, "code": code}
        return web.json_response(problem, status=status, content_type="application/problem+json")

    async def _report(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.renews:
            self.audio_status = 0
        if (refusal := self._refusal(request)) is not None:
            return refusal
        text = json.dumps(self.reports[request.match_info["interview"]])
        if self.hold == ("look" if "If-None-Match" in request.headers else "refresh"):
            self.hold = ""
            self.held.set()
            await self.let_go.wait()
        etag = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": etag})
        return web.json_response(text=text, headers={"ETag": etag})

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        """As a server does, for the one report that there is."""
        self.asked.append(request.path)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.decision_status or token != TOKEN:
            return web.Response(status=self.decision_status or 401)
        asked = await request.json()
        self.decided.append(asked)
        made = self.reports[self.decides]["result"]["evaluation"]
        [criterion] = [
            one
            for one in made["criteria"]
            if all(one[name] == asked[name] for name in ("question_id", "criterion_id"))
        ]
        if len(criterion["decisions"]) != asked["expected"]:
            problem = {"type": "about:blank", "status": 409, "code": "decided_otherwise"}
            return web.json_response(problem, status=409, content_type="application/problem+json")
        decision = {
            "score": asked.get("score", criterion["score"]), "by": asked["by"],
            "confirmed": asked["action"] == "confirm", "reason": asked["reason"], "via": "link",
            "at": "2026-11-29T10:03:00Z",
        }  # fmt: skip
        criterion |= {"final": True, "decision": decision}
        criterion["decisions"] = [*criterion["decisions"], decision]
        return web.json_response(made)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        name = request.match_info["file"].rpartition("/")[2]
        if name == "waveform":
            return self._refusal(request) or web.json_response(
                self.sound or {"waveform": None, "spans": []}
            )
        return self._refusal(request) or web.Response(
            body=f"this is {name}".encode(),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def _audio(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if self.audio_status or "token" not in request.query:
            return web.Response(status=self.audio_status or 401)
        if name not in self.sounds:
            return web.Response(status=404)
        response = web.FileResponse(self._made(name))
        response.content_type = "audio/ogg"
        return response


def answers(body: Json) -> Iterator[Json]:
    yield from body["result"]["answers"]
