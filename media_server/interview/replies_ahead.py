"""What a language model makes of an answer while the candidate may still be giving it. Pure values.

The machine asks for a reply at a sure pause and at the turn's end (`ReplyAsked`, the effect
`PrepareReply`); whoever asks the model answers `inputs.ReplyReady` or `inputs.ReplyFailed`, once.
The reply changes nothing but what is asked next, and is never waited for longer than
`pacing.REPLY_WAIT_S` after the turn's end: see `machine.replying`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReplyKind = Literal["next", "follow_up", "faq_answer"]
"""next: nothing is asked back, the script goes on. follow_up: asks back about the answer.
faq_answer: the words of the integrator's FAQ, for a question to the interviewer."""

MAX_FOLLOW_UP_CHARS = 400
"""A longer one is not asked, whoever has checked it before."""
MAX_FAQ_ANSWER_CHARS = 2_000
"""As long as an entry of the FAQ may be; in place of a longer one the entry itself is said."""
MAX_DROPPED = 8
"""So many dropped follow-ups of one reply are kept in the log; the rest only counts."""


@dataclass(frozen=True, slots=True)
class NextReply:
    """What to say next. All of it has passed the checks of whoever prepared it."""

    kind: ReplyKind
    text: str = ""
    """What is said, word for word; "" for `next`."""
    quote: str = ""
    """Of `follow_up`: the candidate's own words that it rests on."""
    criterion_id: str = ""
    """Of `follow_up`: the criterion that is still open; "": none is named."""
    reason: str = ""
    """For readers of the log, such as "a criterion is open"."""
    duration_s: float = 0.0
    """Of its clip, which is at hand; 0: there is none yet."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A follow-up of the model that did not pass the checks. Its words are kept nowhere."""

    text_sha256: str
    """In hexadecimal: whether the same was proposed twice can be seen, what it was cannot."""
    reason: str
    """A short value, such as "no_quote" or "two_questions"; no words of the model."""


AheadStatus = Literal["asked", "ready", "failed", "cancelled", "missed"]
"""asked: it is on its way. missed: it was not there in time, and the script went on. One that is
ready stays so: it is used while its turn is the newest and no word has come since."""


@dataclass(frozen=True, slots=True)
class ReplyAhead:
    """The newest reply that was asked for. Only memory knows it: a log is folded without."""

    reply_id: str
    turn_epoch: int
    """The turn whose words it was asked about: a reply to another one is never used."""
    prompt_id: str
    chars: int
    """How much of the answer was written down when it was asked: more words, another reply."""
    status: AheadStatus = "asked"
    reply: NextReply | None = None
    """Of `ready`."""
    failure: str = ""
    """Of `failed`: why, in short, without words of the model."""
