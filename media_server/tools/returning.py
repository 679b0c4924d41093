"""When a candidate's call counts as lost, and when the next one is tried. Pure.

The same rules and figures as the page's (`client/sdk/reconnect.js`, `lifecycle-steps.js`), but for
one: the page tries for as long as it is open, `simulate` gives up after `BACK_S`.
"""

from __future__ import annotations

from typing import Literal

HEARTBEAT_S = 2.0
SUSPECT_S = 4.0
"""Silent for so long: the server is asked whether it still has the call."""
GONE_S = 15.0
"""Silent for so long: the call is lost, whatever the server says of it."""
SOON_S = 0.8
"""Within this time the candidates of a server that drains come back at another."""
FIRST_S, CAP_S = 0.5, 8.0
"""Pauses between attempts."""
BACK_S = 120.0
"""From the loss until it is given up."""

LossReason = Literal["cut", "silent", "moved"]
Refusal = Literal["token", "again", "final"]
WHY: dict[LossReason, str] = {
    "cut": "the call was cut",
    "silent": f"the server was silent for {GONE_S:g} s",
    "moved": "the server asked to call again",
}


class CallLost(Exception):
    """The call is over, the interview is not."""

    def __init__(self, reason: LossReason) -> None:
        super().__init__(WHY[reason])
        self.reason = reason


def first_wait_s(reason: LossReason, chance: float) -> float:
    """Before the first attempt. `chance` in [0, 1): all candidates of a server that goes away are
    told at one moment, and come back at many."""
    return SOON_S * (0.2 + 0.8 * chance) if reason == "moved" else 0.0


def next_wait_s(attempts: int, asked_s: float | None, chance: float) -> float:
    """After `attempts` that came to nothing, at least 1. `asked_s`: what the server asked for
    (Retry-After), which is never undercut. Doubles up to a cap."""
    nominal_s = min(CAP_S, FIRST_S * 2.0 ** (attempts - 1))
    if asked_s is not None and asked_s > nominal_s:
        return asked_s * (1 + chance / 4)
    return max(asked_s or 0.0, nominal_s * (0.5 + chance / 2))


def meaning_of(status: int, code: str) -> Refusal:
    """Of a refusal with problem details. `status` 0: there was no answer, or no connection.
    token: the token is not good any more, the link may be. final: trying again changes nothing."""
    if code == "superseded":
        return "final"
    if status == 401:
        return "token"
    if status in (0, 408, 425, 429) or status >= 500 or code == "replaced":
        return "again"
    return "final"
