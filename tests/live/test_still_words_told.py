"""How long no new word was heard: told with the words, on their way through the transcriber."""

from __future__ import annotations

from media_server.interview import inputs as inp
from media_server.interview.pacing import STILL_WORDS_MS
from tests.live.test_captions_shown import FIRST, SECOND, Candidate


def told(candidate: Candidate) -> list[tuple[str, int]]:
    posted = (one for one in candidate.posted if isinstance(one, inp.InterimHeard))
    return [(one.text, one.still_ms) for one in posted]


def test_the_machine_learns_how_long_the_words_have_stood_still() -> None:
    candidate = Candidate()
    for start_s, end_s, text in (
        (1.0, 3.0, ""),
        (1.0, 5.0, "I left"),
        (1.0, 7.0, "I left"),
        (1.0, 9.0, "I left"),
        (5.0, 13.0, ""),
    ):
        candidate.heard(candidate.says(start_s, end_s, of=FIRST), text)
    assert told(candidate) == [("I left", 0), ("I left", 2000), ("I left", 4000), ("", 8000)]


def test_a_final_tells_it_too_and_one_without_words_counts() -> None:
    candidate = Candidate()
    candidate.heard(candidate.says(1.0, 3.0, final=True, of=FIRST), "I left")
    assert not told(candidate)
    candidate.heard(candidate.says(3.4, 3.0 + STILL_WORDS_MS / 1000, final=True, of=SECOND), "")
    assert told(candidate) == [("", STILL_WORDS_MS)]


def test_an_answer_that_never_came_is_no_silence() -> None:
    candidate = Candidate()
    candidate.heard(candidate.says(1.0, 3.0, final=True, of=FIRST), "I left")
    candidate.heard(candidate.says(3.4, 9.0, final=True, of=SECOND), None)
    candidate.heard(candidate.says(3.4, 11.0, of=SECOND), None)
    assert not told(candidate)
