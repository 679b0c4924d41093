"""Cursor and length of a list, from the query."""

from __future__ import annotations

import re

from aiohttp import web

from signaling.problems import Problem

MAX_PAGE = 100
DEFAULT_PAGE = 20


def list_query(
    request: web.Request, cursors: re.Pattern[str], *, also: frozenset[str] = frozenset()
) -> tuple[str | None, int]:
    """(cursor, limit); the cursor is None for the first page. `cursors`: what one looks like.
    `also`: further parameters that this list knows. Raises Problem 400."""
    query, known = request.query, {"cursor", "limit", *also}
    for name in query:
        if name not in known:
            detail = f"Known parameters: {', '.join(sorted(known))}."
            raise Problem(400, "unknown_parameter", detail)
    cursor = query.get("cursor") or None
    if cursor is not None and not cursors.fullmatch(cursor):
        raise Problem(400, "bad_cursor", "cursor must be the next_cursor of the page before.")
    limit_text = query.get("limit", str(DEFAULT_PAGE))
    if not re.fullmatch(r"[0-9]{1,4}", limit_text) or not 1 <= int(limit_text) <= MAX_PAGE:
        raise Problem(400, "bad_limit", f"limit must be a number from 1 to {MAX_PAGE}.")
    return cursor, int(limit_text)
