"""Legal holds: /v1/interviews/{interview}/hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from media_server.ports.holds import Hold
from signaling.bodies import read_json
from signaling.context import context
from signaling.problems import Problem
from signaling.schemas import HoldRequest

MAX_BODY_BYTES = 16 * 1024


async def place(request: web.Request) -> web.Response:
    """Place a legal hold.

    Retention passes over what is held, and erasing the interview is refused with 409 `held`, until
    it is released. Placing another one replaces it and is added to its history.
    """
    ctx = context(request)
    timeout_s = ctx.settings.body_timeout_s
    body = await read_json(request, HoldRequest, limit=MAX_BODY_BYTES, timeout_s=timeout_s)
    interview_id = request.match_info["interview"]
    return _json(await ctx.live().holds.place(interview_id, body.reason, body.artifacts))


async def show(request: web.Request) -> web.Response:
    """Show the legal hold and its history."""
    hold = await context(request).live().holds.find(request.match_info["interview"])
    if hold is None:
        raise Problem(404, "no_hold", "Nothing of this interview was ever held.")
    return _json(hold)


async def release(request: web.Request) -> web.Response:
    """Release the legal hold.

    What is due by retention goes with its next pass.
    """
    return _json(await context(request).live().holds.release(request.match_info["interview"]))


def _json(hold: Hold) -> web.Response:
    body: dict[str, Any] = {
        "interview": hold.interview_id,
        "held": sorted(hold.artifacts),
        "reason": hold.reason,
        "history": [
            {
                "action": step.action,
                "at": datetime.fromtimestamp(step.at_s, UTC).isoformat(timespec="seconds"),
                "artifacts": list(step.artifacts),
                "reason": step.reason,
            }
            for step in hold.history
        ],
    }
    return web.json_response(body, headers={"Cache-Control": "no-store"})
