from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.stt.phrase_gate import reject

SAID = (
    "I would first look at the logs, then at the metrics, and then I would talk to the team. "
    "In my last job we had a very similar problem with the database, and it was very, very slow."
)


@pytest.mark.parametrize("text", ["Thanks for watching!", " you", "Thank you.", "[Music]", "So."])
def test_known_inventions_on_silence(text: str) -> None:
    assert reject(text, speech_ms=0, audio_s=3.0) == "known invention on silence"


@pytest.mark.parametrize("text", ["Thank you.", "Bye!", "So", "Thanks for listening."])
def test_the_same_words_truly_said(text: str) -> None:
    assert reject(text, speech_ms=900, audio_s=2.0) == ""
    assert reject(text, speech_ms=None, audio_s=2.0) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Subtitles by the Amara.org community",
        "Untertitel der Amara.org-Community",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "ご視聴ありがとうございました",
    ],
)
def test_credits_are_nobodys_answer(text: str) -> None:
    assert reject(text, speech_ms=3000, audio_s=4.0) == "subtitle credit"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no " * 12, "repetition loop of 1 words"),
        ("I think so I think so I think so I think so", "repetition loop of 3 words"),
        ("and then we went to the shop, " * 5, "repetition loop of 7 words"),
        ("ハハハハハハハハハハハハ", "repetition loop of characters"),
        ("one two three four five six seven eight", "more words than fit the audio"),
    ],
)
def test_loops(text: str, reason: str) -> None:
    audio_s = 0.3 if "fit" in reason else 12.0
    assert reject(text, speech_ms=9000, audio_s=audio_s) == reason


@pytest.mark.parametrize(
    "text", [SAID, "", "Yes, yes, yes.", "No no no no, I mean it.", "Ha ha ha ha ha", "bla bla bla"]
)
def test_speech_passes(text: str) -> None:
    assert reject(text, speech_ms=9000, audio_s=12.0) == ""


@given(st.text(max_size=300), st.integers(0, 20_000) | st.none(), st.floats(0, 60))
def test_any_text_has_an_answer(text: str, speech_ms: int | None, audio_s: float) -> None:
    assert isinstance(reject(text, speech_ms=speech_ms, audio_s=audio_s), str)


@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=1, max_size=40, unique=True))
def test_words_that_differ_are_no_loop(words: list[str]) -> None:
    assert "loop" not in reject(" ".join(words), speech_ms=30_000, audio_s=30.0) or any(
        len(set(word)) <= 2 for word in words
    )
