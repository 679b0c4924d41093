"""A state as text, so that a long log need not be folded from its beginning each time.

A snapshot is a cache and never the truth: one of another format version, or one that does not
parse, is ignored and the log is folded instead. What only memory knew (an open turn, audio being
prepared, segments at the recogniser) is left out, as a crash would leave it out.
"""

from __future__ import annotations

import json
from types import MappingProxyType

from pydantic import TypeAdapter

from media_server.interview.replacing import replace
from media_server.interview.spec import STORED, InterviewSpec
from media_server.interview.state import NO_PENDING, State

FORMAT = 22
"""Raise whenever `State`, or what folding means, changes."""

_NOT_KEPT = {"spec", "clock_ahead_s", "replies", "agenda", "told_ahead"}
_STATE: TypeAdapter[State] = TypeAdapter(State)


def dump(state: State) -> str:
    kept = replace(
        state, pending={}, listening=None, utterance=None, plan=None, gate_closed_s=None,
        cut_off=None, pauses_ms=(), interruption=None, reply=None, answers=dict(state.answers),
    )  # fmt: skip
    body = _STATE.dump_python(kept, mode="json", exclude=_NOT_KEPT)
    return json.dumps({"format": FORMAT, "state": body}, ensure_ascii=False)


def load(spec: InterviewSpec, text: str) -> State | None:
    """None: not a snapshot of this version."""
    try:
        found = json.loads(text)
        if found["format"] != FORMAT:
            return None
        state = _STATE.validate_python(
            {**found["state"], "spec": spec.model_dump(mode="json")}, strict=False, context=STORED
        )
    except (ValueError, KeyError, TypeError):
        return None
    agenda = tuple(answer.prompt for answer in state.answers.values())
    answers = MappingProxyType(dict(state.answers))
    return replace(state, spec=spec, pending=NO_PENDING, agenda=agenda, answers=answers)
