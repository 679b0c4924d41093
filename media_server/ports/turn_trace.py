"""Where the time of one turn went: from the candidate's first word to the first packet of the next
utterance. Ids and numbers only, never a word.

From the last word on, stages follow each other without a gap, so their lengths add up to `reply_s`:

    silence    last speech → the receiver takes the turn to be over
    words      → the last final of the turn is there
    reply      → what a language model would say next is there, or is done without
    decision   → what is said next is decided, and the log has it where it must
    voice      → its sound is at hand
    start      → its first packet leaves

Work lies within and across them, and may overlap; some of it begins before the last word.

A barge-in has stages of its own, from the first sound over the bot until the bot is silent:

    heard      first sound → the receiver takes it for an interruption
    decision   → what follows from it is decided
    store      → the log has it, where it must
    stop       → nothing more of the bot is sent
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Stage = Literal["silence", "words", "reply", "decision", "voice", "start"]
Work = Literal["segment", "queue", "recogniser", "owed", "model", "speech", "store"]
"""segment: a stretch of speech, from its first to its last sample. queue: a final waits for a
worker. recogniser: a worker has it. owed: a final that had not come when it was decided what is
said next, from when it was asked for until then. model: the language model, and the sound of
what it proposes. speech: the clip of the utterance is fetched or made. store: the log is
written, and the interview waits for it."""
STAGES: tuple[Stage, ...] = get_args(Stage)
WORKS: tuple[Work, ...] = get_args(Work)
BargeInStage = Literal["heard", "decision", "store", "stop"]
BARGE_IN_STAGES: tuple[BargeInStage, ...] = get_args(BargeInStage)
_TURN_ID = re.compile(r"[A-Za-z0-9_-]{1,80}:[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class StageTime:
    """When a stage of a turn or of a barge-in began, and how long it took."""

    stage: Stage | BargeInStage
    start_s: float
    """Unix seconds."""
    length_s: float


@dataclass(frozen=True, slots=True)
class WorkTime:
    """One piece of work for a turn: of its kind, when it began, and how long it took."""

    work: Work
    start_s: float
    """Unix seconds."""
    length_s: float
    ref: str = ""
    """What it was about: a segment's, reply's or utterance's id; "": the interview."""


@dataclass(frozen=True, slots=True)
class TurnTrace:
    """Of a turn that was answered."""

    turn_id: str
    """As `turn_id_of` makes it: the same in log lines, spans and here."""
    interview_id: str
    turn_epoch: int
    """As in the log's `turn_opened` and `turn_ended`."""
    connection_epoch: int
    """Over which the answer to it was heard."""
    ended_by: str
    """The reason of `turn_ended`: "silence", "done" and so on."""
    utterance_id: str
    """What was said next, as in the log's `utterance_started`."""
    utterance_kind: str
    """Such as "question" or "bridge"."""
    speech_ended_s: float
    """The last speech, in Unix seconds: where it all begins. Of a turn that no silence ended, when
    it was closed."""
    reply_s: float
    """From there to the first packet."""
    stages: tuple[StageTime, ...]
    """One of each, in the order of `STAGES`; a stage that nobody waited for has length 0."""
    works: tuple[WorkTime, ...] = ()
    """By their start; the newest where there were very many."""
    server: str = ""
    speech_began_s: float | None = None
    """The first speech, in Unix seconds; None: nothing was said."""

    @property
    def waited_s(self) -> float:
        """What the server made of it: `reply_s` without the silence, which is waited on purpose."""
        return self.reply_s - self.stages[0].length_s


@dataclass(frozen=True, slots=True)
class BargeInTrace:
    """The candidate spoke over the bot, and it has stopped."""

    turn_id: str
    """Of the turn that this speech belongs to; "": it belongs to none, as over a greeting."""
    interview_id: str
    connection_epoch: int
    utterance_id: str
    """What the bot was saying."""
    began_s: float
    """The first sound over the bot, in Unix seconds."""
    stages: tuple[StageTime, ...]
    """One of each, in the order of `BARGE_IN_STAGES`."""

    @property
    def length_s(self) -> float:
        """Until the bot was silent."""
        return sum(stage.length_s for stage in self.stages)


@dataclass(frozen=True, slots=True)
class LateWork:
    """Work for a turn whose `TurnTrace` was given before it was done: its words were late."""

    turn_id: str
    works: tuple[WorkTime, ...]


Traced: TypeAlias = TurnTrace | BargeInTrace | LateWork


def turn_id_of(interview_id: str, turn_epoch: int) -> str:
    """The log's `turn_opened` implies it. Turns are counted through the whole interview, over every
    connection and every server, so it names one turn for good."""
    return f"{interview_id}:{turn_epoch}"


def received_turn_id(value: object) -> str:
    """One that came with a job from another process; "" for what is none: it is for the log
    alone, so a sender of another version may leave it out."""
    return value if isinstance(value, str) and _TURN_ID.fullmatch(value) else ""
