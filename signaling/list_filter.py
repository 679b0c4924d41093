"""What a list of interviews is narrowed to, as its query says it."""

from __future__ import annotations

from collections.abc import Mapping

from media_server.interview.status import Status
from media_server.ports.only import Only
from signaling.problems import Problem

FILTERS = frozenset({"status", "text"})
"""Parameters of the query."""
MAX_TEXT = 200
_STATUSES = frozenset(status.value for status in Status)


def narrowed_by(query: Mapping[str, str]) -> Only:
    """Raises Problem 400."""
    statuses = tuple(dict.fromkeys(filter(None, query.get("status", "").split(","))))
    for status in statuses:
        if status not in _STATUSES:
            known = ", ".join(sorted(_STATUSES))
            raise Problem(400, "bad_status", f"status may be one or several of: {known}.")
    text = query.get("text", "").strip()
    if len(text) > MAX_TEXT:
        raise Problem(400, "bad_text", f"text may have {MAX_TEXT} characters at most.")
    return Only(statuses, text)
