"""The report of an interview, and its sound in other forms: mixed, or one answer of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from media_server.audio.loudness import Loudness
from media_server.interview import report as rep
from media_server.interview import report_build
from media_server.interview.report_log import TYPES, LogFacts
from media_server.interview.result import Result
from media_server.interview.state import State
from media_server.live import history, recorded
from media_server.live.kept_clips import PREFIX
from media_server.live.levels import Levels
from media_server.live.refusals import store_refusal
from media_server.live.registry import Registry
from media_server.live.report_sound import sound_of
from media_server.live.results import Results
from media_server.live.services import Services
from media_server.live.tasks import TaskOwner
from media_server.ports import Blob, Refused, StoreUnavailable
from media_server.ports.blobs import RECORDING_PREFIX
from media_server.ports.reports import Sides
from media_server.sound.host import SoundBusy, SoundFailed, SoundJobs

logger = logging.getLogger(__name__)

SHORT_S = 0.5
"""So long a report waits for its waveform; later it is asked for by itself."""
LONG_S = 45.0
"""For the waveform that is asked for by itself."""
MARGIN_S = 0.15
"""Before and after an answer that is cut out: times of words are not exact."""


@dataclass(frozen=True, slots=True)
class _Known:
    """All that a report is made of, of one moment."""

    state: State
    report: rep.Report
    files: tuple[Blob, ...]
    """Recordings and clips, by name."""
    listed: bool
    """False: their storage does not answer, so that `files` says nothing."""

    def require_files(self) -> None:
        """Raises Refused."""
        if not self.listed:
            raise store_refusal(StoreUnavailable("the storage of recordings does not answer"))

    def blob(self, name: str | None) -> Blob | None:
        return next((blob for blob in self.files if blob.name == name), None)


class Reports:
    """Implements `ports.Reports`. `close` after use."""

    def __init__(self, services: Services, registry: Registry, results: Results) -> None:
        self._services = services
        self._registry = registry
        self._results = results
        self._jobs = SoundJobs()
        # Of its own: who reads a file slowly keeps a turn as long, and no report waits for that.
        self._levels = Levels(services.blobs, SoundJobs(at_once=1))
        self._tasks = TaskOwner("reports", limit=32)
        self._coming: dict[str, _Coming] = {}

    async def close(self) -> None:
        await self._tasks.close()

    def forget(self, interview_id: str) -> None:
        """It is being erased."""
        self._levels.forget(interview_id)

    async def report(self, interview_id: str) -> Mapping[str, Any]:
        known = await self._known(interview_id)
        try:
            known.require_files()
            report = await self._with_sound(interview_id, known, SHORT_S)
        except (Refused, TimeoutError):
            report = known.report  # the page asks for it by itself, and gets the reason
        body = await asyncio.to_thread(report.model_dump, mode="json", by_alias=True)
        return {**body, "branding": known.state.spec.branding.model_dump()}

    async def version(self, interview_id: str) -> str:
        return str((await self._registry.sound_row(interview_id)).version)

    async def waveform(self, interview_id: str) -> Mapping[str, Any]:
        known = await self._known_with_files(interview_id)
        try:
            report = await self._with_sound(interview_id, known, LONG_S)
        except TimeoutError:
            raise Refused(
                503, "busy", "The waveform is still being made", retry_after_s=5
            ) from None
        return report_build.sound_shown(report).model_dump(mode="json", by_alias=True)

    def prepare(self, interview_id: str) -> None:
        self._tasks.spawn(self._prepare(interview_id), "prepare")

    async def _prepare(self, interview_id: str) -> None:
        with contextlib.suppress(Refused, TimeoutError):
            known = await self._known_with_files(interview_id)
            await self._with_sound(interview_id, known, LONG_S)

    async def whole_audio(self, interview_id: str, sides: Sides) -> AsyncGenerator[bytes, None]:
        """Refuses before it answers; what goes wrong later is raised by what it answers."""
        known = await self._known_with_files(interview_id)
        files: list[Blob] = []
        voices: list[dict[str, Any]] = []
        for recording in known.report.recordings:
            if (blob := known.blob(recording.file)) is not None:
                files.append(blob)
                voices.append(_voice(len(files) - 1, recording.start_s))
        if not files:
            raise Refused(404, "no_recording", "Nothing of this interview is recorded")
        if sides == "candidate":
            return await self._made({"job": "join", "voices": voices}, files)
        for said in known.report.spoken:
            blob = known.blob(said.file)
            if blob is not None and said.start_s is not None:
                if blob not in files:
                    files.append(blob)
                place = files.index(blob)
                voices.append(_voice(place, said.start_s, said.from_s, said.heard_s))
        job = {"job": "mix", "voices": voices, "duration_s": known.report.duration_s}
        return await self._made(job, files)

    async def answer_audio(self, interview_id: str, prompt_id: str) -> AsyncGenerator[bytes, None]:
        """As `whole_audio`: the candidate's answer to one prompt, as it was received."""
        known = await self._known_with_files(interview_id)
        if prompt_id not in known.state.answers:
            raise Refused(404, "unknown_prompt", "The result names the prompts there are")
        answer = known.state.answers[prompt_id]
        files: list[Blob] = []
        voices: list[dict[str, Any]] = []
        for turn in answer.turns:
            for epoch in sorted({s.segment_id.connection_epoch for s in turn.segments}):
                mine = [s for s in turn.segments if s.segment_id.connection_epoch == epoch]
                recording = next(
                    (r for r in known.report.recordings if r.connection_epoch == epoch), None
                )
                blob = known.blob(recording.file) if recording is not None else None
                if recording is None or blob is None:
                    continue
                if blob not in files:
                    files.append(blob)
                from_s = max(0.0, min(s.start_s for s in mine) - recording.start_s - MARGIN_S)
                to_s = max(s.end_s for s in mine) - recording.start_s + MARGIN_S
                voices.append(_voice(files.index(blob), 0.0, from_s, to_s))
        if not voices:
            raise Refused(404, "no_recording", "Nothing that was said to it is recorded")
        return await self._made({"job": "cut", "voices": voices}, files)

    # --- what it is made of ---

    async def _known(self, interview_id: str) -> _Known:
        await self._registry.sound_row(interview_id)
        state = await self._registry.state(interview_id)
        try:
            facts = await self._facts(interview_id)
        except StoreUnavailable as error:
            raise store_refusal(error) from error
        blobs = await recorded.files_of(self._services, interview_id)
        made = await self._results.of(interview_id, state, blobs)
        now_s = self._registry.now_s(interview_id)
        files = tuple(b for b in blobs or () if b.name.startswith((RECORDING_PREFIX, PREFIX)))
        clips = frozenset(blob.name for blob in files)
        report = await asyncio.to_thread(_built, interview_id, state, facts, made, now_s, clips)
        return _Known(state, report, files, listed=blobs is not None)

    async def _known_with_files(self, interview_id: str) -> _Known:
        known = await self._known(interview_id)
        known.require_files()
        return known

    async def _facts(self, interview_id: str) -> LogFacts:
        facts, pause = LogFacts(), history.Pause()
        async for entry in history.entries(self._services.log, interview_id):
            await pause.now_and_then()
            if entry.type in TYPES:
                event = history.event_of(interview_id, entry)
                if event is not None:
                    facts.take(entry.at_s, event)
        return facts

    async def _with_sound(self, interview_id: str, known: _Known, within_s: float) -> rep.Report:
        """Raises TimeoutError: it is still being measured, and that goes on. Raises Refused."""
        shown = {r.file for r in known.report.recordings} | {s.file for s in known.report.spoken}
        files = [blob for blob in known.files if blob.name in shown]
        over = known.state.ended_s is not None and not known.state.connected
        heard = self._levels.known(interview_id, files, over=over)
        if heard is None:
            coming = self._coming.get(interview_id) or self._measuring(interview_id, files, over)
            async with asyncio.timeout(within_s):
                heard = await asyncio.shield(coming)
        return await asyncio.to_thread(_sounding, known, heard)

    def _measuring(self, interview_id: str, files: Sequence[Blob], over: bool) -> _Coming:
        """One at a time for an interview, whoever asks, and not ended by who has stopped asking."""
        coming: _Coming = asyncio.get_running_loop().create_future()

        async def measure() -> None:
            try:
                coming.set_result(await self._levels.measure(interview_id, files, over=over))
            except Exception as error:
                coming.set_exception(_refusal(error))
                coming.exception()  # it may be that nobody waits for it
            finally:
                self._coming.pop(interview_id, None)
                coming.cancel()

        if not self._tasks.spawn(measure(), "levels"):
            raise _BUSY
        self._coming[interview_id] = coming
        return coming

    async def _made(
        self, job: Mapping[str, Any], files: Sequence[Blob]
    ) -> AsyncGenerator[bytes, None]:
        """Once its first bytes are there."""
        parts = self._jobs.run(job, files)
        try:
            first = await anext(parts, b"")
        except Exception as error:
            raise _refusal(error) from error
        return _after(first, parts)


_Coming = asyncio.Future[dict[str, Loudness]]
_BUSY = Refused(503, "busy", "Too much sound is being worked on; try again", retry_after_s=5)


async def _after(first: bytes, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(parts):
        yield first
        async for part in parts:
            yield part


def _built(
    interview_id: str,
    state: State,
    facts: LogFacts,
    made: Result,
    now_s: float,
    clips: frozenset[str],
) -> rep.Report:
    return report_build.build(interview_id, state, facts, made, now_s=now_s, clips=clips)


def _sounding(known: _Known, heard: Mapping[str, Loudness]) -> rep.Report:
    sound = sound_of(known.report, heard)
    return report_build.with_sound(known.report, known.state, sound)


def _voice(
    file: int, start_s: float, from_s: float = 0.0, to_s: float | None = None
) -> dict[str, Any]:
    """For the sound child."""
    said: dict[str, Any] = {"file": file, "start_s": start_s, "from_s": from_s}
    return said if to_s is None else {**said, "to_s": to_s}


def _refusal(error: Exception) -> Exception:
    match error:
        case StoreUnavailable():
            return store_refusal(error)
        case FileNotFoundError():
            return Refused(404, "no_recording", "It has just been deleted")
        case SoundBusy():
            return _BUSY
        case SoundFailed():
            return Refused(422, "sound_failed", f"This cannot be made: {error}")
    return error
