"""Reports in every state: the example, changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
ARABIC = "في الأسبوع الماضي أعددت كتف ضأن مطهوًا ببطء لأربعين ضيفًا"


def _status(name: str) -> Callable[[Json], None]:
    def change(body: Json) -> None:
        body["interview"]["status"] = body["result"]["status"] = name

    return change


def partial(body: Json) -> None:
    body["interview"]["partial"] = body["result"]["partial"] = True
    body["result"]["pending_segments"] = 2


def running(body: Json) -> None:
    partial(body)
    _status("listening")(body)
    body["interview"]["ended_at"] = body["result"]["timing"]["ended_at"] = None
    body["recordings"][-1]["duration_s"] = 0.0
    last = body["result"]["answers"][-1]
    last["status"], last["turns"], last["text"] = "open", [], ""


def not_begun(body: Json) -> None:
    _status("created")(body)
    body["interview"]["started_at"] = body["result"]["timing"]["started_at"] = None
    body["interview"]["ended_at"] = body["result"]["timing"]["ended_at"] = None
    _nothing_said(body)


def declined(body: Json) -> None:
    not_begun(body)
    _status("declined")(body)


def _nothing_said(body: Json) -> None:
    silent(body)
    body["result"]["requests"] = []
    body["spoken"], body["spans"], body["waveform"], body["duration_s"] = [], [], None, 0.0
    for row in body["coverage"]:
        row |= {"asked": False, "answered": False, "words": 0, "speaking_s": 0.0}
        row |= {"status": "not_asked", "low_confidence_words": 0}
    for answer in body["result"]["answers"]:
        answer |= {"status": "not_asked", "turns": [], "text": "", "mode": "none"}
    body["quality"] |= {"usable": True, "reasons": []}


def silent(body: Json) -> None:
    """No sound was kept, or the link is for reading."""
    body["recordings"], body["scopes"] = [], ["report"]
    body["waveform"] = None
    for spoken in body["spoken"]:
        spoken["url"] = spoken["file"] = None
    for name in ("audio", "candidate_audio", "waveform"):
        body["links"][name] = None


def typed(body: Json) -> None:
    """Nothing was said aloud, by neither side."""
    silent(body)
    for answer in body["result"]["answers"]:
        answer["mode"] = "text" if answer["text"] else "none"
        for turn in answer["turns"]:
            turn |= {"mode": "text", "words": [], "start_s": None, "end_s": None}
            turn |= {"untranscribed": False, "confidence": None}
    for spoken in body["spoken"]:
        spoken |= {"start_s": None, "end_s": None, "words": [], "duration_s": 0.0}
        spoken |= {"placed": "none", "outcome": "shown"}
    body["spans"], body["duration_s"] = [], 0.0
    body["quality"] |= {"usable": True, "reasons": []}


def arabic(body: Json) -> None:
    body["interview"]["locale"] = "ar-EG"
    body["interview"]["title"] = body["result"]["title"] = "طاهٍ في مطعم"
    body["interview"]["candidate_external_id"] = "محمد عبد الله"
    said = ARABIC.split()
    for answer in body["result"]["answers"]:
        answer["asked_text"] = "ماذا طبخت الأسبوع الماضي؟"
        for turn in answer["turns"]:
            for index, word in enumerate(turn["words"]):
                word["w"] = said[index % len(said)]
            words = " ".join(word["w"] for word in turn["words"])
            turn["text"] = words or ARABIC
    for spoken in body["spoken"]:
        for word in spoken["words"]:
            word["text"] = "سؤال"


def marked(body: Json) -> None:
    """Every mark that a turn can have, a practice question and the candidate's own questions."""
    answers = body["result"]["answers"]
    week, cold = answers[0], answers[2]
    cold["correction"] = {
        "text": "Deliveries are checked first, below four degrees.",
        "original": cold["text"],
        "at": "2026-11-29T10:02:00Z",
    }
    week["correction"] = {"text": "", "original": week["text"], "at": "2026-11-29T10:02:00Z"}
    turn = week["turns"][1]
    turn["rejected"] = [
        {"start_s": 30.0, "end_s": 31.0, "reason": "a loop", "text": "thank you thank you thank"}
    ]
    echo, assent, empty = (copy.deepcopy(turn) for _ in range(3))
    echo |= {"set_aside": "echo", "start_s": 35.0, "rejected": []}
    assent |= {"set_aside": "backchannel", "text": "Mm-hm.", "words": [], "start_s": 36.0}
    empty |= {"text": "", "words": [], "untranscribed": True, "start_s": 36.1, "rejected": []}
    assent["rejected"] = []
    week["turns"] += [echo, assent, empty]
    body["result"]["requests"].append(
        body["result"]["requests"][0]
        | {"intent": "pause", "by": "click", "text": "", "at_s": None, "prompt_id": None}
    )
    body["result"]["requests"].append(body["result"]["requests"][0] | {"intent": "of_tomorrow"})
    practice, theirs = copy.deepcopy(answers[3]), copy.deepcopy(answers[5])
    practice |= {"prompt_id": ":practice", "kind": "practice", "question_id": None}
    practice |= {"asked_text": "What did you have for breakfast?", "correction": None}
    theirs |= {"prompt_id": ":candidate_questions", "kind": "candidate_questions"}
    theirs |= {"question_id": None, "asked_text": "What would you like to ask us?"}
    body["result"]["answers"] = [practice, *answers, theirs]
    row = body["coverage"][0]
    body["coverage"] = [
        row | {"prompt_id": ":practice", "kind": "practice", "number": "practice"},
        *body["coverage"],
        row | {"prompt_id": ":candidate_questions", "kind": "candidate_questions", "number": ""},
    ]


def evaluated(body: Json) -> None:
    """One criterion of each kind, one of them decided twice; by a link that may decide."""
    answers = body["result"]["answers"]
    week, cold = answers[0], answers[2]
    spoken = week["turns"][1]
    words = spoken["words"][2:9]
    quote = {
        "prompt_id": week["prompt_id"], "turn_epoch": 2, "text": " ".join(w["w"] for w in words),
        "start_s": words[0]["s"], "end_s": words[-1]["e"], "confidence": 0.9, "repaired": True,
        "scored_text": None,
    }  # fmt: skip
    typed = quote | {"start_s": None, "end_s": None, "repaired": False, "confidence": None}
    decision = {
        "score": 3, "confirmed": False, "by": "Ada Weber", "reason": "The team did it, not she.",
        "at": "2026-11-29T10:02:00Z", "via": "link",
    }  # fmt: skip
    before = decision | {"score": None, "by": "Ben Ortiz", "reason": ""}
    base = {
        "question_id": "week", "criterion_id": "measure", "status": "proposed", "score": 4.0,
        "criterion": "Names what came of the work, with a number", "scores": [4, 4, 4],
        "spread": 0, "quotes": [quote, typed], "reasons": [], "refused_quotes": 0, "final": False,
        "decision": None, "decisions": [],
    }  # fmt: skip
    reasons = [{"code": code, "message": "In English."} for code in ("runs_disagree", "few_runs")]
    doubted = base | {
        "criterion_id": "own", "criterion": "Says what they did themselves",
        "status": "needs_human", "score": 3.5, "scores": [2, 5], "spread": 3, "reasons": reasons,
    }  # fmt: skip
    nothing: Json = {"score": None, "scores": [], "spread": None, "quotes": []}
    without = base | nothing | {
        "question_id": cold["question_id"], "status": "insufficient_evidence",
        "reasons": [{"code": "no_verified_quote", "message": "None."}],
    }  # fmt: skip
    decided = base | nothing | {
        "question_id": cold["question_id"], "criterion_id": "own", "status": "not_judged",
        "final": True, "decision": decision, "decisions": [before, decision],
    }  # fmt: skip
    body["result"]["evaluation"] = {
        "status": "ready", "reason": "", "final": False, "engine": "ollama stand-in:1b",
        "model": "stand-in:1b", "prompt_version": "evaluate_quotes.en@1", "rubric_hash": "00" * 32,
        "runs": 3, "made_at": "2026-11-29T10:01:00Z", "criteria": [base, doubted, without, decided],
        "coverage": [],
        "flags": [
            {"code": "injection", "prompt_id": cold["prompt_id"], "turn_epoch": 3, "message": "x"}
        ],
    }  # fmt: skip
    body["scopes"] = ["audio", "decide", "report"]
    body["links"]["decisions"] = f"v1/interviews/{body['interview']['id']}/evaluation/decisions"


def being_evaluated(body: Json) -> None:
    evaluated(body)
    made = body["result"]["evaluation"]
    made |= {"status": "pending", "criteria": [], "flags": [], "made_at": None, "model": ""}
    body["links"]["decisions"] = None


def hostile(body: Json) -> None:
    """Names in every script, markup, and signs that turn text around."""
    body["interview"]["title"] = body["result"]["title"] = "<img src=x onerror=alert(1)> \u202eevil"
    body["interview"]["candidate_external_id"] = "=cmd|' /C calc'!A0 李雷 Ольга שָׁלוֹם محمد ไทย 🙂"
    body["branding"] = {"name": "<b>Brand</b>", "logo": None, "accent": None}
    answer = body["result"]["answers"][0]
    answer["asked_text"] = "</p><script>document.title = 'taken'</script>"
    turn = answer["turns"][1]
    turn["text"] = turn["text"].replace("lamb", "<script>alert(2)</script>")
    for word in turn["words"]:
        word["w"] = word["w"].replace("lamb", "<script>alert(2)</script>")


def _as_it_is(body: Json) -> None:
    del body


STATES: dict[str, tuple[Callable[[Json], None], str]] = {
    "complete": (_as_it_is, "Complete"),
    "partial": (partial, "Not final yet"),
    "running": (running, "In progress"),
    "not_begun": (not_begun, "Not begun"),
    "declined": (declined, "Declined"),
    "left": (_status("ended_by_candidate"), "Ended early"),
    "abandoned": (_status("abandoned"), "Abandoned"),
    "expired": (_status("expired"), "Expired"),
    "cancelled": (_status("cancelled"), "Cancelled"),
    "failed": (_status("failed"), "Failed"),
    "silent": (silent, "Complete"),
    "typed": (typed, "Complete"),
    "arabic": (arabic, "Complete"),
    "marked": (marked, "Complete"),
    "hostile": (hostile, "Complete"),
    "evaluated": (evaluated, "Complete"),
    "being_evaluated": (being_evaluated, "Complete"),
}
"""What was changed, and the status that the page names."""
