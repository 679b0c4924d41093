"""What an offer has, as far as the live side must know before the transport has validated it."""

from __future__ import annotations


def offered(sdp: str) -> tuple[bool, bool]:
    """(a microphone, a data channel) as the offer has them; the transport validates the rest."""
    audio, _, rest = sdp.partition("m=audio")[2].partition("m=")
    receive_only = "a=recvonly" in audio or "a=inactive" in audio
    return not receive_only, "application" in rest or "m=application" in sdp
