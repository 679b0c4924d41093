"""Which interims are worth computing: all of them, every second one, or none. Pure."""

from __future__ import annotations

import math

from media_server.stt.settings import SttSettings

THIN_SPACING_S = 3.9
"""Interims come every 2 s: this leaves out every second one."""
MAX_INTERVIEWS = 1024
"""Over it all are forgotten, which lets each of them have one interim more."""

DOUBLINGS = 6


class Thinning:
    """Under load interims are thinned, then dropped, so that finals keep up; they rest where
    workers die over them."""

    def __init__(self, settings: SttSettings) -> None:
        self._settings = settings
        self._accepted_s: dict[str, float] = {}
        self._deaths = 0
        """Workers that ended over interims, in a row."""
        self._rest_until_s = -math.inf

    def refuses(self, interview_id: str, now_s: float, expected_wait_s: float) -> str:
        """The counter of an interim that is left out; "": it is taken.

        `expected_wait_s`: of a final submitted now.
        """
        if expected_wait_s > self._settings.drop_wait_s or now_s < self._rest_until_s:
            return "interims_dropped"
        accepted_s = self._accepted_s.get(interview_id, -math.inf)
        thin = expected_wait_s > self._settings.thin_wait_s
        if thin and now_s - accepted_s < THIN_SPACING_S:
            return "interims_thinned"
        if len(self._accepted_s) >= MAX_INTERVIEWS:
            self._accepted_s.clear()
        self._accepted_s[interview_id] = now_s
        return ""

    def made(self) -> None:
        """A worker has done an interim."""
        self._deaths = 0

    def worker_lost(self, now_s: float) -> None:
        """A worker died, or hung and was killed, over nothing but interims.

        From the second one in a row on there are none for a while, each time for twice as long: an
        engine that fails at them must not take the workers from the finals.
        """
        self._deaths += 1
        if self._deaths > 1:
            rest_s = self._settings.recovery_probe_s * 2.0 ** min(self._deaths - 2, DOUBLINGS)
            self._rest_until_s = now_s + rest_s

    def forget(self, interview_id: str) -> None:
        """The candidate has left: the next interim, after a return, counts as the first."""
        self._accepted_s.pop(interview_id, None)
