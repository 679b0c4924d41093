"""Fields about asking back that are accepted and have no effect: the answer of the API says so."""

from __future__ import annotations

from media_server.interview.phrases import TABLES as SPOKEN
from media_server.interview.rubric import Criterion, EvaluationWanted, FollowUps
from media_server.interview.spec import Candidate, InterviewSpec, Question
from media_server.interviewer.languages import TABLES as CHECKED
from signaling.advice import warnings_for

CRITERIA = (Criterion(id="depth", text="Says why it was done so."),)


def spec(*, most: int, locale: str = "en", judged: bool = False) -> InterviewSpec:
    asked = Question(id="q2", text="Why?", criteria=CRITERIA, follow_ups=FollowUps(max=most))
    return InterviewSpec(
        questions=(Question(id="q1", text="How?"), asked),
        candidate=Candidate(locale=locale),
        evaluation=EvaluationWanted() if judged else None,
    )


def codes(wanted: InterviewSpec) -> list[tuple[str, str]]:
    return [(each["code"], each["pointer"]) for each in warnings_for(wanted)]


def test_what_is_used_is_not_spoken_of() -> None:
    assert codes(spec(most=1)) == []
    assert codes(spec(most=0, judged=True)) == []
    assert codes(spec(most=1, locale="de-CH")) == []


def test_criteria_that_nothing_uses() -> None:
    assert codes(spec(most=0)) == [("criteria_unused", "/questions/1/criteria")]


def test_a_language_in_which_nothing_is_asked_back() -> None:
    assert ("follow_ups_language", "/questions/1/follow_ups/max") in codes(
        spec(most=1, locale="it")
    )
    assert "follow_ups_language" not in dict(codes(spec(most=0, locale="it", judged=True)))


def test_the_languages_of_the_checks_are_those_of_the_page() -> None:
    assert set(CHECKED) == set(SPOKEN)


def test_what_needs_a_model_where_there_is_none() -> None:
    def told(wanted: InterviewSpec) -> dict[str, str]:
        found = warnings_for(wanted, has_model=False)
        return {each["pointer"]: each["message"] for each in found if "model" in each["code"]}

    asked = told(spec(most=1, judged=True))
    assert "nothing is asked back" in asked["/questions/1/follow_ups/max"]
    assert "facts only" in asked["/evaluation"]
    assert all("MEDIA_SERVER_OLLAMA_URL" in message for message in asked.values())
    assert told(spec(most=0)) == {}
    assert "no_language_model" not in dict(codes(spec(most=1, judged=True)))
