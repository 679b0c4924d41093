"""The made proposals of `grounding/`: what a model may say, and whether it should be asked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from media_server.interviewer.follow_up_checks import Asking, DropReason, Grounded, check

_WHERE = Path(__file__).parent / "grounding"
LANGUAGES = ("en", "de", "es", "fr")


@dataclass(frozen=True, slots=True)
class Proposal:
    asking: Asking
    quote: str
    question: str
    ask: bool
    kind: str

    def judged(self) -> Grounded | DropReason:
        return check(self.question, self.quote, self.asking)

    @property
    def is_right(self) -> bool:
        return isinstance(self.judged(), Grounded) == self.ask


def proposals(name: str) -> Iterator[Proposal]:
    """Of one file."""
    for answer in tomllib.loads((_WHERE / f"{name}.toml").read_text("utf-8"))["answer"]:
        asking = Asking(
            locale=answer.get("language", name),
            question=answer["question"],
            answer=answer["text"],
            criteria=(*answer["criteria"], *answer["anchors"]),
            asked=tuple(answer["asked"]),
        )
        for made in answer["proposal"]:
            yield Proposal(asking, made["quote"], made["question"], made["ask"], made["kind"])
