"""What the live side needs to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveSettings:
    max_live: int = 50
    """Places: candidates in a call, and those under way who may come back. One more is told to try
    again (503)."""
    max_demos: int = 10
    """Of these, how many demo interviews may take together; they are open to everybody."""
    keep_place_s: float = 1800.0
    """How long a place is kept at most for a candidate who is away while the interview waits:
    through its resume window or pause, if that is shorter."""
    lease_ttl_s: float = 10.0
    lease_renew_s: float = 3.0
    lease_doubt_s: float = 7.0
    """Without a renewal for this long the gate closes: another node may take over at 10 s."""
    idle_session_s: float = 60.0
    """A session that no candidate is connected to is put to rest after this."""
    sweep_s: float = 15.0
    """How often interviews at rest are looked at for deadlines that have passed."""
    link_ttl_s: float = 7 * 86_400.0
    """Life of a join link when the integrator names no `expires_at`."""
    owed_finals_s: float = 120.0
    """How long an ended interview waits for transcripts that are still owed."""
    retry_after_s: int = 10

    def __post_init__(self) -> None:
        """Raises ValueError: an owner must have stopped before another may begin."""
        if not 0 < self.lease_renew_s < self.lease_doubt_s < self.lease_ttl_s:
            raise ValueError(
                "a lease is renewed before it is in doubt, and in doubt before it runs out: "
                f"{self.lease_renew_s:g} s < {self.lease_doubt_s:g} s < {self.lease_ttl_s:g} s"
            )
