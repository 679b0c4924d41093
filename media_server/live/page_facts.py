"""What the candidate's page needs of an interview before the call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from media_server.interview import next_steps
from media_server.interview.pacing import estimated_minutes
from media_server.interview.spoken_texts import locale_of
from media_server.interview.state import State


def of(interview_id: str, state: State, *, notice: str) -> Mapping[str, Any]:
    """See `ports.InterviewService.joined`. `notice`: of the recogniser, "" for none."""
    spec = state.spec
    return {
        "id": interview_id,
        "title": spec.title,
        "questions_total": len(spec.questions),
        "minutes": estimated_minutes(spec),
        "locale": spec.candidate.locale,
        "consent": {
            "required": spec.consent.required,
            "version": spec.consent.version,
            "text": spec.consent.text,
            "locale": locale_of(spec, spec.consent.text),
            "given": state.consented_s is not None,
        },
        "status": state.status.value,
        "notices": [notice] if notice else [],
        "demo": spec.metadata.get("demo") == "true",
        **next_steps.shown(spec),
    }
