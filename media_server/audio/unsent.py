"""Silence that was never sent: no packet comes, and yet the line is alive. Pure.

Some clients send nothing at all while it is quiet, not even an empty packet each 0.4 s as an
encoder in DTX does. Nothing tells that apart from a dead line but signs of life on the same path:
connectivity checks (Chromium: each 2.7 s), RTCP (each 2.5 to 7.5 s), the data channel (the page's
ping: each 2 s, and its acknowledgements). What was sent before such a sign would have come before
it. So time up to the newest sign was silence, if

- no packet came for `CONFIRM_S` after the first of them: after an outage packets come again at
  once, and a check may be ahead of them by chance;
- the first came within `DEAD_LINE_S` of the last packet. If not, the line may have been dead until
  then, and only what lies between signs is known.

Hence silence of this kind is noticed late, by up to the time between two signs.
"""

from __future__ import annotations

CONFIRM_S = 0.6
"""Longer than the 0.4 s between two packets of an encoder in DTX, and their jitter."""
DEAD_LINE_S = 3.0
_MARGIN_S = 0.1
"""Of the newest packet's own length and jitter: rather a little less silence than too much."""


class UnsentSilence:
    """Call `packet` for every packet, `sign` for every sign of life; times of the process clock."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._first_sign_s: float | None = None
        self._newest_sign_s = 0.0
        self._given_s = 0.0
        self._confirmed = False

    def packet(self, now_s: float) -> None:
        """Audio came: nothing before it is unsent any more."""
        self._last_s = now_s
        if self._first_sign_s is not None:  # without a sign nothing was given or confirmed
            self._first_sign_s = None
            self._given_s = 0.0
            self._confirmed = False

    def sign(self, now_s: float) -> None:
        """Something authentic that is no audio came."""
        if self._last_s is None or now_s < self._last_s + _MARGIN_S:
            return
        if self._first_sign_s is None:
            self._first_sign_s = now_s
        self._newest_sign_s = now_s

    def deadline(self) -> float | None:
        """When the first sign counts, if no packet comes before. None: there is none to wait for;
        later ones count when they come."""
        if self._first_sign_s is None or self._confirmed:
            return None
        return self._first_sign_s + CONFIRM_S

    def take_s(self, now_s: float, unit_s: float) -> float:
        """Seconds of silence that are known by now and were not taken yet; whole units only."""
        first_s, last_s = self._first_sign_s, self._last_s
        if first_s is None or last_s is None or now_s < first_s + CONFIRM_S:
            return 0.0
        self._confirmed = True
        begin_s = last_s + _MARGIN_S if first_s - last_s <= DEAD_LINE_S else first_s
        fresh_s = (self._newest_sign_s - begin_s - self._given_s) // unit_s * unit_s
        self._given_s += max(0.0, fresh_s)
        return max(0.0, fresh_s)

    @property
    def silent_until_s(self) -> float:
        """Up to here missing packets are known to be silence; 0: they are not."""
        return self._newest_sign_s if self._given_s > 0 else 0.0
