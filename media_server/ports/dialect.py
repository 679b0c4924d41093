"""What a candidate and the live side say to each other, in no dialect, and what a dialect is.

`live/` speaks in these values. A dialect turns them into the texts of one data channel, and the
texts that come back into values: one file in `dialects/` and one line in `dialects/registry.py`.

Not given on by `media_server.ports`: it brings the whole interview model, which the processes of
the recogniser do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.interview import inputs as inp
from media_server.interview.events import Event
from media_server.interview.spec import Pace
from media_server.interview.state import State
from media_server.interview.view import Progress, View
from media_server.segment_info import SegmentInfo

# --- to the candidate ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome:
    """First on every connection, before anything else."""

    interview_id: str
    connection_epoch: int
    resumed: bool
    """An earlier connection of this interview was there before."""
    last_seq: int
    """Newest durable event: a client that knows less asks for the rest with `Hello`."""
    title: str
    questions_total: int
    found_seq: int = 0
    """Where the log ended when this server took the interview over. Another number than in the
    welcome before: what the client received beyond it was never written."""
    pace: Pace = "normal"
    resume_token: str | None = None
    notices: tuple[str, ...] = ()
    """Sentences the candidate should see."""


@dataclass(frozen=True, slots=True)
class Durable:
    """An event that is in the log; also told by a replay, with the same `seq`."""

    event: Event
    seq: int
    """Its position in the log, from 1."""
    state: State
    """After it; in a replay, the state now."""


@dataclass(frozen=True, slots=True)
class Momentary:
    """An event as it happens, whether it is written or not. Never told a second time."""

    event: Event
    state: State
    sentences: tuple[tuple[float, str], ...] = ()
    """Of an utterance that starts: (offset_s from its start, sentence)."""


@dataclass(frozen=True, slots=True)
class Interim:
    """The open segment so far. The next one of the same segment, or its final, replaces it."""

    segment: SegmentInfo
    """On the candidate's timeline."""
    text: str
    stable: str
    """The beginning of `text` that every later interim of the segment begins with, too."""
    state: State


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence for the candidate; nothing is wrong with the connection."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ErrorNotice:
    """Something went wrong, or ends the connection."""

    code: str
    message: str
    recoverable: bool
    """False: the client should not connect again."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud the candidate is heard, dBFS."""

    dbfs: float
    speech: bool


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a `Ping`, with its time."""

    t_ms: float


ToCandidate = (
    Welcome
    | View
    | Progress
    | Durable
    | Momentary
    | Interim
    | Hint
    | ErrorNotice
    | Level
    | Pong
)  # fmt: skip

# --- from the candidate -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """The client has everything up to `last_seq` and asks for what came after. 0: for all of it."""

    last_seq: int


@dataclass(frozen=True, slots=True)
class Ack:
    """The client has received this durable event, and the welcome before it."""

    seq: int


@dataclass(frozen=True, slots=True)
class Ping:
    """The client asks for a `Pong`: to measure the round trip, and to know that we are here."""

    t_ms: float
    """The client's own time, given back by the `Pong`."""


FromCandidate = Hello | Ack | Ping | inp.Input


class BadMessage(ValueError):
    """A message that breaks the dialect; the text names what was wrong, never what was said."""


# --- a dialect ----------------------------------------------------------------------------------


class Dialect(Protocol):
    """One way to put all of this on a data channel. Pure, without state: one serves every call."""

    @property
    def label(self) -> str:
        """The data channel's label (RFC 8832 section 5.1), or its subprotocol, that chooses it."""

    def encode(self, said: ToCandidate) -> Sequence[str]:
        """The texts that say it, in order; none where the dialect has no word for it.

        More than one for one `Durable`: where the channel is full between them, a replay begins
        with the first of them again.
        """

    def decode(self, data: str | bytes) -> FromCandidate | None:
        """What a client said; None for a kind that this version does not know. Raises BadMessage.

        `data` is as long as the transport lets it be: a dialect sets its own limit.
        """
