"""What an integrator should know of a specification that is accepted all the same. Pure."""

from __future__ import annotations

from media_server.interview.faq import confusable
from media_server.interview.phrases import TABLES, is_spoken
from media_server.interview.spec import InterviewSpec

LONG_ANSWER_WORDS = 80
"""About half a minute to listen to."""
MAX_WARNINGS = 20


def warnings_for(spec: InterviewSpec, *, has_model: bool = True) -> list[dict[str, str]]:
    """Each with a stable `code`, the JSON pointer of what it is about, and a message.

    `has_model`: whether a language model is configured on this server.

    With a long FAQ it takes up to 0.1 s: call it in a thread where there is one.
    """
    without = [] if has_model else _without_model(spec)
    found = [*_of_locale(spec), *without, *_of_follow_ups(spec), *_of_faq(spec)]
    return found[:MAX_WARNINGS]


def _without_model(spec: InterviewSpec) -> list[dict[str, str]]:
    """What the specification asks of a model, on a server that has none."""
    found: list[tuple[str, str]] = []
    first = next((n for n, q in enumerate(spec.questions) if q.follow_ups.max), None)
    if first is not None and spec.follow_up_budget:
        message = "nothing is asked back about any answer, and the questions are asked as they are."
        found.append((f"/questions/{first}/follow_ups/max", message))
    if spec.evaluation is not None:
        message = "the evaluation gives facts only (what was answered, how long), and no scores."
        found.append(("/evaluation", message))
    return [
        {
            "code": "no_language_model",
            "pointer": pointer,
            "message": f"This server has no language model: {message} Whoever runs it can set "
            "MEDIA_SERVER_OLLAMA_URL, or MEDIA_SERVER_LLM_ENGINE=openai and MEDIA_SERVER_LLM_URL.",
        }
        for pointer, message in found
    ]


def _of_locale(spec: InterviewSpec) -> list[dict[str, str]]:
    locale = spec.candidate.locale
    if is_spoken(locale):
        return []
    message = (
        f"The candidate's page and the interviewer's own words have no {locale!r}: they are in "
        f"English, and marked as English. There are {', '.join(sorted(TABLES))}. Your greeting, "
        f"questions and consent text are taken as {locale!r}; where no voice here speaks it, they "
        "are shown in writing."
    )
    return [{"code": "locale_unsupported", "pointer": "/candidate/locale", "message": message}]


def _of_follow_ups(spec: InterviewSpec) -> list[dict[str, str]]:
    """What is accepted and has no effect in this interview."""
    found: list[dict[str, str]] = []
    first = next((n for n, q in enumerate(spec.questions) if q.follow_ups.max), None)
    if first is not None and not is_spoken(spec.candidate.locale):
        message = (
            f"Nothing is asked back in {spec.candidate.locale!r}: nobody here could check what a "
            f"model says. Follow-ups are asked in {', '.join(sorted(TABLES))}."
        )
        pointer = f"/questions/{first}/follow_ups/max"
        found.append({"code": "follow_ups_language", "pointer": pointer, "message": message})
    if spec.evaluation is None:
        found += [
            {
                "code": "criteria_unused",
                "pointer": f"/questions/{index}/criteria",
                "message": "Criteria are used to ask back and to evaluate, and this question has "
                "neither: set its follow_ups.max, or evaluation, or leave them out.",
            }
            for index, question in enumerate(spec.questions)
            if question.criteria and not question.follow_ups.max
        ]
    return found


def _of_faq(spec: InterviewSpec) -> list[dict[str, str]]:
    found = [
        {
            "code": "faq_alike",
            "pointer": f"/faq/{second}/q",
            "message": f"It asks the same as entry {first} (counted from 0) and has another answer:"
            " such a question is answered with neither, and passed on. Join the two, or say in "
            "both what they are about.",
        }
        for first, second in confusable(spec.faq, spec.candidate.locale)
    ]
    for index, entry in enumerate(spec.faq):
        count = len(entry.a.split())
        if count > LONG_ANSWER_WORDS:
            message = (
                f"{count} words are long to listen to: the answer is spoken word for word. "
                f"{LONG_ANSWER_WORDS} words take about half a minute."
            )
            found.append({"code": "faq_long", "pointer": f"/faq/{index}/a", "message": message})
    return found
