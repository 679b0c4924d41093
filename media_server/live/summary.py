"""What a list says of one interview: folded from its state, and kept beside its row.

It is written with each append, so that a list reads rows and folds nothing. One that is missing or
of an earlier version of the log (a former release wrote last, a store was restored) is folded once
and written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any

from media_server.interview import evaluating, result
from media_server.interview.agenda import Prompt
from media_server.interview.spec import InterviewSpec
from media_server.interview.state import State

_FIELDS: dict[str, type | UnionType] = {
    "created_at": str,
    "expires_at": str,
    "title": str,
    "candidate_external_id": str | None,
    "questions_total": int,
    "round": int | None,
    "prompt": dict | None,
    "evaluation": str | None,
    "metadata": dict,
}


def of(state: State) -> dict[str, Any]:
    """No word of the candidate's: retention leaves it as it is. `begun` and `server` are for
    `away`, and for no list."""
    return {
        "created_at": result.iso(state.created_s),
        "expires_at": result.iso(state.expires_s),
        "title": state.spec.title,
        "candidate_external_id": state.spec.candidate.external_id,
        "questions_total": len(state.spec.questions),
        "round": state.round if state.round >= 0 else None,
        "prompt": _prompt(state.prompt),
        "evaluation": evaluating.stage(state.spec, state.evaluated),
        "metadata": dict(state.spec.metadata),
        "begun": state.started_s is not None,
        "server": state.server,
    }


def _prompt(prompt: Prompt | None) -> dict[str, str] | None:
    return None if prompt is None else {"id": prompt.prompt_id, "kind": prompt.kind}


def is_whole(kept: Mapping[str, Any] | None) -> bool:
    """Whether a stored one has every field of this release, of its kind."""
    return kept is not None and all(
        name in kept and isinstance(kept[name], kind) for name, kind in _FIELDS.items()
    )


def details(spec: InterviewSpec) -> dict[str, Any]:
    """What an answer about one interview says beyond lists: ids that were made here, too."""
    return {
        "questions": [{"id": one.id, "text": one.text} for one in spec.questions],
        "template": None if spec.template is None else spec.template.model_dump(mode="json"),
    }


def answer(
    interview_id: str, status: str, fields: Mapping[str, Any], *, live: bool
) -> dict[str, Any]:
    """As HTTP tells it."""
    return {
        "id": interview_id,
        "status": status,
        **{name: fields[name] for name in _FIELDS},
        "live": live,
    }
