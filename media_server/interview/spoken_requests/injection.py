"""Instructions to the interviewer inside an answer."""

from __future__ import annotations

import re

_INJECTION = re.compile(
    r"\b(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:your|the|my|previous|prior)\b.{0,30}"
    r"\b(?:instructions?|rules?|prompts?)\b|\bsystem prompt\b|\byou are now\b|"
    r"\bgive me (?:full|maximum|the (?:highest|best)) (?:score|marks?|points?|rating)",
    re.IGNORECASE,
)


def looks_like_injection(text: str) -> bool:
    """Instructions to the interviewer inside an answer: flagged for readers, without effect."""
    return _INJECTION.search(text) is not None
