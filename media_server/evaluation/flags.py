"""Instructions to the judge inside an answer: found, flagged, and not shown to a judge. Pure.

A flag changes nothing in the conversation. Here it means that a person looks.
"""

from __future__ import annotations

from media_server.interview.spoken_requests.injection import looks_like_injection

Cut = tuple[int, int]


def instructions(text: str) -> tuple[Cut, ...]:
    """The stretches of a turn that speak to the judge, in order and apart from each other."""
    return ((0, len(text)),) if looks_like_injection(text) else ()
