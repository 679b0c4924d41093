"""The events of replies that a language model prepares: part of `events`, which is where they are
used from. No word of a model is in them but what is asked, or answered from the FAQ.
"""

from __future__ import annotations

from typing import Literal

from media_server.interview.event import Lazy, OfPrompt, Volatile
from media_server.interview.replies_ahead import Dropped, NextReply


class ReplyAsked(OfPrompt, Volatile):
    """The words of a turn so far are enough to prepare what is said next."""

    type: Literal["reply_asked"] = "reply_asked"
    reply_id: str
    turn_epoch: int
    chars: int = 0
    """Of the answer's words then."""


class ReplyCancelled(Volatile):
    """The candidate goes on, or something else comes first: nobody waits for it any more."""

    type: Literal["reply_cancelled"] = "reply_cancelled"
    reply_id: str
    reason: str


class ReplyCame(Volatile):
    """It is there, in time for what is said next."""

    type: Literal["reply_came"] = "reply_came"
    reply_id: str
    reply: NextReply


class ReplyLost(Volatile):
    """There will be none."""

    type: Literal["reply_lost"] = "reply_lost"
    reply_id: str
    reason: str


MissedBecause = Literal["late", "failed", "unfit"]
"""late: it, or the words it needs, did not come in time. failed: there is none. unfit: it cannot be
asked, whatever it says: empty, or far too long."""


class ReplyMissed(OfPrompt, Lazy):
    """The script goes on, though a reply was wanted. One that comes after this is ignored."""

    type: Literal["reply_missed"] = "reply_missed"
    turn_epoch: int
    reason: MissedBecause
    detail: str = ""
    """For people; no words of a model."""


class FollowUpsDropped(OfPrompt, Lazy):
    """Follow-ups that the model proposed about this turn and that did not pass the checks."""

    type: Literal["follow_ups_dropped"] = "follow_ups_dropped"
    turn_epoch: int
    dropped: tuple[Dropped, ...]
    total: int
    """With those that are not kept."""
