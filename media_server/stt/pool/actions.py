"""What the schedule of the transcription pool orders, and what it keeps of jobs and workers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from media_server.audio.types import SAMPLE_RATE
from media_server.interview.given_up import GivenUp
from media_server.ports import SttJob, SttOutcome, Transcription
from media_server.stt.pool.patience import Patience


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start a worker process under this number, which was never used before.

    Owed to the schedule: `worker_up` or `worker_down`.
    """

    worker: int


@dataclass(frozen=True, slots=True)
class Kill:
    """The worker is no longer counted; whatever it still says is late."""

    worker: int


@dataclass(frozen=True, slots=True)
class Start:
    """Those of one worker in one list of actions are one batch, to be sent together."""

    worker: int
    token: int
    delivery: int
    job: SttJob
    lost: int
    """Earlier deliveries that ended their worker."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """The outcome of a job, for good: its owner is called back."""

    token: int
    outcome: SttOutcome
    record: bool = False
    """It was a job of the record."""


@dataclass(frozen=True, slots=True)
class Skip:
    """An interim without a text. Its sender learns that, and may send the next."""

    token: int
    outcome: SttOutcome


@dataclass(frozen=True, slots=True)
class Discard:
    """Dropped without a word: nobody is there to hear of it."""

    token: int


Action: TypeAlias = Spawn | Kill | Start | Deliver | Skip | Discard
Fate = Literal["redelivered", "preempted", "late"]
"""redelivered: its delivery failed, and it will be given out again. preempted: it gave its worker
to a final, and will be done again. late: an answer came of a delivery that counts no more."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be logged of a job that goes on: nothing is to be done."""

    fate: Fate
    job: SttJob
    why: str = ""
    """For people; never anybody's words."""


@dataclass(slots=True)
class Ticket:
    """A job from `submit` until its outcome. Times are seconds of the schedule's clock."""

    token: int
    job: SttJob
    submitted_s: float
    deliveries: int = 0
    """Times it was given to a worker, with the one that has it."""
    raised: int = 0
    """Deliveries that the engine answered with an exception."""
    lost: int = 0
    """Deliveries that ended their worker: it died, or hung and was killed."""
    returned: int = 0
    """Of the deliveries, those given back because the engine could not be used."""
    returns_counted: int = 0
    """Of these, those of a worker that had warmed up since the last one that was counted."""
    first_returned_s: float = math.inf
    counted_s: float = -math.inf
    """The last return that was counted."""
    started_s: float = 0.0
    """Of the newest delivery."""
    not_before_s: float = -math.inf
    """Of a final that failed: when it may be delivered again."""
    unwanted: bool = False
    """Dropped or forgotten while a worker had it: nobody hears of it any more."""

    @property
    def audio_s(self) -> float:
        """Length of its audio: deadlines and expected waits go by it."""
        return self.job.pcm.size / SAMPLE_RATE

    @property
    def tried(self) -> bool:
        """Perhaps poison: it goes alone from now on, or its batch would share its fate."""
        return self.deliveries > 0

    @property
    def cause(self) -> GivenUp:
        """Why it has no words: the worst that came of its deliveries."""
        if self.lost:
            return "worker_lost"
        if self.returned:
            return "unavailable"
        return "raised" if self.deliveries else "not_taken"


@dataclass(slots=True)
class Worker:
    """A worker process, from `Spawn` until it is lost. Times as in `Ticket`."""

    ready: bool
    deadline_s: float
    """When it must be ready; infinite once it is."""
    ready_s: float = math.inf
    batch: int = 1
    """Jobs it takes at once."""
    replaced_quickly: bool = False
    """Another one is forked from the loaded engine in a few hundredths of a second."""
    replaces: bool = False
    """Forked in place of one that gave its work up: as good as there."""
    tickets: dict[int, Ticket] = field(default_factory=dict)
    """What it has and has not answered, by token."""
    started_s: float = 0.0
    """When it was given what it has."""
    audio_s: float = 0.0
    """Length of all of that together."""
    patience: Patience | None = None
    """With what it has; None: it has nothing."""

    @property
    def look_s(self) -> float:
        """When `Schedule.tick` must look at it next."""
        return self.patience.next_look_s if self.patience else self.deadline_s

    @property
    def idle(self) -> bool:
        """It has warmed up, and every job that it was given is answered."""
        return self.ready and not self.tickets

    @property
    def has_interim(self) -> bool:
        """At least one; there may be finals in the same batch."""
        return any(not ticket.job.final for ticket in self.tickets.values())

    @property
    def has_record(self) -> bool:
        """It works for the record, which goes alone."""
        return any(ticket.job.record for ticket in self.tickets.values())

    @property
    def has_interims_alone(self) -> bool:
        """It has something, and no final."""
        return bool(self.tickets) and not any(t.job.final for t in self.tickets.values())

    @property
    def yields(self) -> bool:
        """Nothing that it has is urgent, and ending it costs next to nothing."""
        urgent = any(t.job.final and not t.job.record for t in self.tickets.values())
        return self.replaced_quickly and bool(self.tickets) and not urgent


def skip(interim: Ticket, reason: str) -> Skip:
    """An interim without a text. `reason`: for people; there is no cause, for nobody lost words."""
    job = interim.job
    outcome = SttOutcome(
        job.interview_id, job.segment_id, job.attempt, False, None, reason,
        deliveries=interim.deliveries, turn_id=job.turn_id,
    )  # fmt: skip
    return Skip(interim.token, outcome)


def deliver(ticket: Ticket, result: Transcription | None, reason: str, now_s: float) -> Deliver:
    """`result` None: given up, and `reason` says why to people, `cause` to programs."""
    job = ticket.job
    began_s = ticket.started_s if ticket.deliveries else now_s
    outcome = SttOutcome(
        interview_id=job.interview_id,
        segment_id=job.segment_id,
        attempt=job.attempt,
        final=job.final,
        transcription=result,
        reason=reason,
        queued_s=began_s - ticket.submitted_s,
        worked_s=now_s - began_s,
        deliveries=ticket.deliveries,
        cause="" if result is not None else ticket.cause,
        turn_id=job.turn_id,
    )
    return Deliver(ticket.token, outcome, job.record)
