"""Why a person should look at a score, in words for that person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from media_server.evaluation.evidence import Said
from media_server.evaluation.verify import Found
from media_server.interview.evaluation import EvaluationReason

MOST_LOST_MS = 100
"""Lost or guessed audio near a quote that is let pass: less than a short syllable."""


def no_quote(said: Said) -> EvaluationReason:
    """There is nothing to score."""
    message = "No words in the answer could be quoted for this criterion."
    if not said.was_said:
        message = "Nothing was said to this question."
    elif not said.has_words:
        message = "None of the answer was shown to the judge: read or listen to it."
    return EvaluationReason(code="no_verified_quote", message=message)


def runs_disagree(scores: Sequence[int]) -> EvaluationReason:
    """The runs are too far apart."""
    message = f"The runs gave {', '.join(map(str, scores))}."
    return EvaluationReason(code="runs_disagree", message=message)


def few_runs(answered: int, wanted: int, *, probe_missing: bool) -> EvaluationReason:
    """The model did not answer as often as it was asked."""
    message = f"Only {answered} of {wanted} runs gave a score."
    if answered == wanted and probe_missing:
        message = "Whether hedging changes the score could not be checked."
    return EvaluationReason(code="few_runs", message=message)


def hedging(plain: int | None, as_said: int | None) -> EvaluationReason:
    """The judge cannot tell content from style."""
    message = (
        f"Without hedges such as “I think” the model gave {plain}, with them {as_said}: it "
        "does not judge content alone. The higher score is proposed."
    )
    return EvaluationReason(code="hedging_may_matter", message=message)


def is_led(given: int | None) -> EvaluationReason:
    """Something else than the anchors leads the judge."""
    message = (
        f"A question that no quote answers got {given} points from the model: something in the "
        "answer steers it, or it cannot judge. No score of it is proposed."
    )
    return EvaluationReason(code="control_failed", message=message)


def unchecked() -> EvaluationReason:
    """The question of control was not answered, or could not be asked."""
    message = "Whether something in the answer steers the model could not be checked."
    return EvaluationReason(code="control_missing", message=message)


def no_usable_answer() -> EvaluationReason:
    """The model was there, and said nothing of use."""
    message = "The model gave no answer that could be used."
    return EvaluationReason(code="no_usable_answer", message=message)


def not_reached(*, made_way: bool) -> EvaluationReason:
    """Its time was over before it was judged."""
    if not made_way:
        message = "No language model answered in the time there was."
        return EvaluationReason(code="model_away", message=message)
    message = "Candidates needed the language model until the time was over."
    return EvaluationReason(code="made_way", message=message)


_CORRECTED = EvaluationReason(
    code="answer_corrected",
    message="The candidate has corrected this answer: compare it with what was heard.",
)


def of_evidence(found: Iterable[Found]) -> list[EvaluationReason]:
    """What is doubtful about the quotes."""
    quotes, why = tuple(found), []
    if any(one.is_shaky for one in quotes):
        message = "The speech recogniser was not sure of a quote: listen to it."
        why.append(EvaluationReason(code="low_recogniser_confidence", message=message))
    if any(one.lost_ms + one.concealed_ms > MOST_LOST_MS for one in quotes):
        message = "Some audio around a quote was lost on the way: words may be missing or wrong."
        why.append(EvaluationReason(code="audio_lost_in_quote", message=message))
    if any(one.quote.turn_epoch is None for one in quotes):
        why.append(_CORRECTED)
    return why


def of_answer(said: Said) -> list[EvaluationReason]:
    """What is doubtful about the answer as a whole."""
    why = []
    if said.has_instructions:
        message = "Something in the answer seems to speak to the judge. It was taken out before."
        why.append(EvaluationReason(code="instructions_in_answer", message=message))
    if said.is_cut:
        message = "The answer is too long to be judged as a whole: its end was not looked at."
        why.append(EvaluationReason(code="answer_too_long", message=message))
    if said.summary_corrected:
        why.append(_CORRECTED)
    if not said.covers_language and said.has_words:
        message = "Hedges of this language are not known, so they may have cost points."
        why.append(EvaluationReason(code="language_not_covered", message=message))
    return why
