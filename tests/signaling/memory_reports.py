"""Reports in memory, for tests of HTTP: of interviews in which nothing has happened."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from media_server.interview import report_build
from media_server.interview.report_log import LogFacts
from media_server.interview.result import build
from media_server.interview.spec import InterviewSpec
from media_server.interview.state import initial
from media_server.ports import Refused
from media_server.ports.reports import Sides


class MemoryReports:
    """Implements `ports.Reports`: of interviews in which nothing has happened."""

    def __init__(self, spec_of: Callable[[str], InterviewSpec]) -> None:
        """`spec_of`: raises Refused where there is no such interview."""
        self._spec_of = spec_of
        self.prepared: list[str] = []

    async def report(self, interview_id: str) -> Mapping[str, Any]:
        state = initial(self._spec_of(interview_id))
        made = build(interview_id, state, now_s=1_800_000_000.0)
        report = report_build.build(interview_id, state, LogFacts(), made, now_s=1_800_000_000.0)
        return report.model_dump(mode="json", by_alias=True)

    async def version(self, interview_id: str) -> str:
        self._spec_of(interview_id)
        return "0"

    async def waveform(self, interview_id: str) -> Mapping[str, Any]:
        report = await self.report(interview_id)
        return {"waveform": None, "spans": [], "quality": report["quality"]}

    def prepare(self, interview_id: str) -> None:
        self.prepared.append(interview_id)

    async def whole_audio(self, interview_id: str, sides: Sides) -> AsyncGenerator[bytes, None]:
        self._spec_of(interview_id)
        raise Refused(404, "no_recording", "Nothing of this interview is recorded")

    async def answer_audio(self, interview_id: str, prompt_id: str) -> AsyncGenerator[bytes, None]:
        return await self.whole_audio(interview_id, "candidate")
