"""What people who judge an interview get of it: its report, and its sound in one file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Literal, Protocol

Sides = Literal["both", "candidate"]


class Reports(Protocol):
    """Every method refuses (`Refused`) with 404 for an interview or a part of it that does not
    exist (any more), 409 for one that cannot be read, and 503 for what may be had later."""

    async def report(self, interview_id: str) -> Mapping[str, Any]:
        """`interview.report.Report` as JSON has it, without what HTTP knows: URLs, expiry, and of
        the branding what the server is set to. Its waveform is null where it takes more than a
        moment."""

    async def version(self, interview_id: str) -> str:
        """Of what it is made from: another one once its log has grown. Cheap, for a page that asks
        again and again. What the clock alone changes, such as the end of a review, it does not
        say."""

    async def waveform(self, interview_id: str) -> Mapping[str, Any]:
        """`interview.report.SoundShown`, waited for."""

    def prepare(self, interview_id: str) -> None:
        """Somebody is going to ask for it: what takes a while is begun. Raises nothing."""

    async def whole_audio(self, interview_id: str, sides: Sides) -> AsyncGenerator[bytes, None]:
        """Ogg Opus on the interview's timeline, as it is made; its first bytes are there. What goes
        wrong later is raised by the generator, which is to be closed."""

    async def answer_audio(self, interview_id: str, prompt_id: str) -> AsyncGenerator[bytes, None]:
        """As `whole_audio`: what the candidate answered to one prompt, never encoded again."""
