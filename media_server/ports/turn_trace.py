"""Where the time of one turn went: from the candidate's last word to the first packet of the next
utterance. Ids and numbers only, never a word.

The stages follow each other without a gap, so their lengths add up to `reply_s`:

    silence    last speech → the receiver takes the turn to be over
    words      → the last final of the turn is there
    reply      → what a language model would say next is there, or is done without
    decision   → what is said next is decided, and the log has it where it must
    voice      → its sound is at hand
    start      → its first packet leaves

Work lies within and across them, and may overlap; some of it begins before the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Stage = Literal["silence", "words", "reply", "decision", "voice", "start"]
Work = Literal["queue", "recogniser", "owed", "model", "speech", "store"]
"""queue: a final waits for a worker. recogniser: a worker has it. owed: a final that had not come
when it was decided what is said next, from when it was asked for until then. model: the language
model, and the sound of what it proposes. speech: the clip of the utterance is fetched or made.
store: the log is written, and the interview waits for it."""
STAGES: tuple[Stage, ...] = get_args(Stage)
WORKS: tuple[Work, ...] = get_args(Work)


@dataclass(frozen=True, slots=True)
class StageTime:
    """When a stage of a turn began, and how long it took."""

    stage: Stage
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

    @property
    def waited_s(self) -> float:
        """What the server made of it: `reply_s` without the silence, which is waited on purpose."""
        return self.reply_s - self.stages[0].length_s


def turn_id_of(interview_id: str, turn_epoch: int) -> str:
    """The log's `turn_opened` implies it. Turns are counted through the whole interview, over every
    connection and every server, so it names one turn for good."""
    return f"{interview_id}:{turn_epoch}"
