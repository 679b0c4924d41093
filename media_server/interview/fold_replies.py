"""The fold of the events of replies that a language model prepares. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from media_server.interview import events as ev
from media_server.interview.replacing import replace
from media_server.interview.replies_ahead import ReplyAhead
from media_server.interview.state import State


def _asked(s: State, e: ev.ReplyAsked, _at_s: float) -> State:
    return replace(s, reply=ReplyAhead(e.reply_id, e.turn_epoch, e.prompt_id, e.chars))


def _changed(s: State, reply_id: str, **changes: Any) -> State:
    if s.reply is None or s.reply.reply_id != reply_id:
        return s
    return replace(s, reply=replace(s.reply, **changes))


def _missed(s: State, e: ev.ReplyMissed, _at_s: float) -> State:
    if s.reply is None or s.reply.turn_epoch != e.turn_epoch:
        return s
    return _changed(s, s.reply.reply_id, status="missed")


FOLDS: Mapping[type[ev.Event], Callable[[State, Any, float], State]] = {
    ev.ReplyAsked: _asked,
    ev.ReplyCancelled: lambda s, e, _at: _changed(s, e.reply_id, status="cancelled"),
    ev.ReplyCame: lambda s, e, _at: _changed(s, e.reply_id, status="ready", reply=e.reply),
    ev.ReplyLost: lambda s, e, _at: _changed(s, e.reply_id, status="failed", failure=e.reason),
    ev.ReplyMissed: _missed,
}
