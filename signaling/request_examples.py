"""Examples of requests, for /docs and the OpenAPI document: by method and path of a route.

`tests/docs/test_request_examples.py` sends each of them. `iv_…` and the like stand for ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_OFFER = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
…
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
…
"""
_FRAGMENT = """a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host
a=end-of-candidates
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One request: what it is about, in a few words, and its body (JSON, or a text)."""

    title: str
    body: Any
    headers: tuple[tuple[str, str], ...] = ()
    """Beside Authorization and Content-Type."""


_TEMPLATE = {
    "name": "Line cooks, summer",
    "title": "Line cook",
    "questions": ["What did you cook last week?", "How do you keep a cold chain?"],
    "turn": {"silence_ms": 2500},
    "completion": {"text": "Thank you. We write within a week."},
}

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "POST /v1/interviews": (
        Example(
            "Two questions",
            {"title": "Line cook", "questions": _TEMPLATE["questions"]},
        ),
        Example(
            "With what is often set",
            {
                "title": "Line cook",
                "candidate": {"external_id": "4711", "locale": "en"},
                "questions": [
                    {
                        "id": "cold-chain",
                        "text": "How do you keep a cold chain?",
                        "clarification": "I mean from the delivery to the plate.",
                    },
                    "What would you like to learn?",
                ],
                "retention": {"audio_days": 30, "transcript_days": 180},
                "redirect_url": "https://jobs.example.org/thanks",
                "contact": "mailto:jobs@example.org",
                "metadata": {"application": "4711"},
            },
            (("Idempotency-Key", "application-4711"),),
        ),
        Example(
            "From a template",
            {
                "template": "tp_…",
                "candidate": {"external_id": "4711"},
                "overrides": {"title": "Sous-chef", "turn": {"silence_ms": 3000}},
            },
        ),
    ),
    "POST /v1/templates": (Example("A template", _TEMPLATE),),
    "PUT /v1/templates/{template}": (
        Example(
            "Another question, for interviews to come",
            {**_TEMPLATE, "questions": ["How do you plan a menu?"]},
            (("If-Match", '"1"'),),
        ),
    ),
    "POST /v1/interviews/{interview}/hold": (
        Example(
            "Everything stays",
            {"reason": "Case 12-345", "artifacts": ["audio", "transcript", "log"]},
        ),
    ),
    "POST /v1/interviews/{interview}/report-links": (
        Example("For two days, with sound", {"ttl_s": 172_800, "scopes": ["report", "audio"]}),
    ),
    "POST /v1/interviews/{interview}/evaluation/decisions": (
        Example(
            "The proposed score is right",
            {
                "question_id": "busy-service",
                "criterion_id": "measure",
                "action": "confirm",
                "by": "Ada Weber",
            },
        ),
        Example(
            "Another score, after somebody else's decision",
            {
                "question_id": "busy-service",
                "criterion_id": "measure",
                "action": "override",
                "score": 2,
                "by": "Ben Ortiz",
                "reason": "The figure is the team's, not hers.",
                "expected": 1,
            },
        ),
    ),
    "POST /v1/webhooks/test": (Example("To one endpoint", {"endpoint": "crm"}),),
    "POST /v1/join": (
        Example("By the link", {"link": "…"}),
        Example("After a lost call", {"resume": "…"}),
    ),
    "POST /v1/consent": (
        Example("The candidate agrees", {"version": "2026-11", "accepted": True}),
    ),
    "POST /v1/review": (
        Example(
            "One answer corrected",
            {"corrections": [{"prompt_id": "q1", "text": "I cooked for eighty people."}]},
        ),
    ),
    "POST /v1/rehearsals": (Example("An SDP offer", _OFFER),),
    "POST /whip/{interview}": (Example("An SDP offer", _OFFER),),
    "PATCH /whip/{interview}/{call}": (
        Example("Candidates, as they are found", _FRAGMENT, (("If-Match", '"…"'),)),
    ),
    "POST /v1/calls/{interview}/connectivity": (Example("An SDP offer", _OFFER),),
}
PATH_VALUES = {
    "interview": "iv_…",
    "template": "tp_…",
    "version": "1",
    "name": "audio-0001.ogg",
    "call": "…",
    "rehearsal": "…",
}
"""What a snippet has in the place of a variable of a path; "…" for others."""
