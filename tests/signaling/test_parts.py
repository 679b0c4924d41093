"""The small pure parts: buckets, links, tokens, secrets, transcripts."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import secret_files
from signaling.limits import RateLimiter, retry_after
from signaling.tokens import BadToken, ClientTokens, JoinLinks
from signaling.transcripts import text_transcript, web_vtt

OLD, NEW = "the-old-signing-secret", "the-new-signing-secret"
NOW = 1_800_000_000.0


@given(
    rate=st.floats(1, 1000),
    burst=st.integers(1, 50),
    steps=st.lists(st.floats(0, 30), min_size=1, max_size=100),
)
def test_never_more_than_burst_and_rate(rate: float, burst: int, steps: list[float]) -> None:
    limiter = RateLimiter(rate, burst=burst)
    now_s = granted = 0.0
    for step in steps:
        now_s += step
        wait_s = limiter.take("a", now_s)
        granted += not wait_s
        assert wait_s <= 60.0 / rate + 1e-6
        if wait_s:
            assert limiter.take("a", now_s + wait_s + 1e-6) == 0.0
            now_s += wait_s + 1e-6
            granted += 1
        assert granted <= burst + now_s * rate / 60.0 + 1e-3


def test_buckets_are_bounded_and_apart() -> None:
    limiter = RateLimiter(60, burst=1, max_keys=100)
    assert limiter.take("a", 0.0) == 0.0
    assert limiter.take("a", 0.0) == 1.0
    assert limiter.take("b", 0.0) == 0.0
    assert limiter.take("a", -5.0) > 0, "a clock that goes back grants nothing"
    for number in range(1000):
        limiter.take(str(number), 1.0)
    assert len(limiter) == 100
    assert retry_after(0.01) == 1
    with pytest.raises(ValueError, match="per_minute"):
        RateLimiter(0)


@given(st.text(max_size=100))
def test_no_other_text_is_a_link(text: str) -> None:
    assert JoinLinks((NEW,)).check(text) is None


def test_rotation_of_links_and_tokens() -> None:
    before, during, after = (JoinLinks(s) for s in ((OLD,), (NEW, OLD), (NEW,)))
    link = before.make("iv_1")
    assert before.make("iv_1") == link, "reproducible"
    assert during.check(link) == "iv_1"
    assert after.check(link) is None
    assert after.check(during.make("iv_1")) == "iv_1"
    token, expires_s = ClientTokens((OLD,)).issue("iv_1", NOW)
    assert expires_s == NOW + 600
    assert ClientTokens((NEW, OLD)).verify(token, NOW).interview_id == "iv_1"
    with pytest.raises(BadToken, match="no longer accepted"):
        ClientTokens((NEW,)).verify(token, NOW)
    with pytest.raises(BadToken, match="expired"):
        ClientTokens((OLD,)).verify(token, NOW + 606)
    assert ClientTokens((OLD,)).verify(token, NOW + 9999, ignore_expiry=True)
    assert ClientTokens((OLD,)).verify(token, NOW - 9999, ignore_expiry=True), (
        "the clock was set back"
    )
    with pytest.raises(ValueError, match="ttl_s"):
        ClientTokens((OLD,), ttl_s=601)


@given(st.text(max_size=200))
def test_no_other_text_is_a_token(text: str) -> None:
    with pytest.raises(BadToken):
        ClientTokens((NEW,)).verify(text, NOW)


def _load(directory: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    made = secret_files.load(directory, api_keys=(), signing=())
    return made.api_keys, made.signing


def test_processes_that_race_share_one_secret(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(8) as pool:
        found = set(pool.map(_load, [tmp_path / "d"] * 32, chunksize=1))
        pool.close()
        pool.join()
    assert len(found) == 1
    directory = tmp_path / "d" / "secrets"
    assert {path.name for path in directory.iterdir()} == {"api-key", "signing-secrets"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in directory.iterdir())
    assert _load(tmp_path / "d") in found, "kept over a restart"


def test_secret_files(tmp_path: Path) -> None:
    made = secret_files.load(tmp_path, api_keys=("given",), signing=())
    assert (made.api_keys, made.api_key_file) == (("given",), None)
    assert made.signing[0] not in repr(made)
    file = tmp_path / "secrets" / "signing-secrets"
    file.write_text(f"newer-secret-of-sixteen\n{made.signing[0]}\n")
    file.chmod(0o644)
    again = secret_files.load(tmp_path, api_keys=("given",), signing=())
    assert again.signing == ("newer-secret-of-sixteen", made.signing[0])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("\n")
    with pytest.raises(OSError, match="is empty"):
        secret_files.load(tmp_path, api_keys=("given",), signing=())


def _turn(text: str, start_s: float | None, end_s: float | None, **more: Any) -> dict[str, Any]:
    return {
        "text": text,
        "start_s": start_s,
        "end_s": end_s,
        "mode": "voice",
        "request": "",
        **more,
    }


RESULT: dict[str, Any] = {
    "id": "iv_1",
    "title": "Interview",
    "status": "completed",
    "notices": ["A stand-in recogniser."],
    "answers": [
        {
            "asked_text": "Who are\n\nyou?",
            "status": "answered",
            "reason": "",
            "turns": [
                _turn("I am <b>Ada</b> --> & co", 3661.5, 3663.0),
                _turn("repeat please", 3664.0, 3665.0, request="repeat"),
                _turn("typed\n\ntext", None, None, mode="text"),
                _turn("", 3666.0, 3667.0, untranscribed=True),
            ],
        },
        {"asked_text": "Why?", "status": "skipped", "reason": "skip", "turns": []},
    ],
}


def test_web_vtt() -> None:
    assert web_vtt(RESULT) == (
        "WEBVTT\n\nNOTE interview iv_1\n\nNOTE question 1: Who are you?\n\n"
        "1.1\n01:01:01.500 --> 01:01:03.000\n"
        "<v Candidate>I am &lt;b&gt;Ada&lt;/b&gt; --&gt; &amp; co\n\n"
        "NOTE typed: typed text\n\nNOTE question 2: Why?\n"
    )


def test_text_transcript() -> None:
    assert text_transcript(RESULT) == (
        "Interview\nStatus: completed\nNote: A stand-in recogniser.\n\n1. Who are you?\n"
        "   [61:01] I am <b>Ada</b> --> & co\n   [typed] typed text\n"
        "   (some of this answer could not be written down; its audio is kept)\n\n"
        "2. Why?\n   (no words: skip)\n"
    )


def test_a_follow_up_stands_beneath_its_question_and_takes_no_number() -> None:
    kinds = (
        ("practice", "Shall we try?"),
        ("question", "Who are you?"),
        ("follow_up", "Since when?"),
        ("follow_up", "Why?"),
        ("question", "What next?"),
        ("follow_up", "How?"),
        ("candidate_questions", "Your turn?"),
    )
    answers = [
        {"kind": kind, "asked_text": text, "turns": [_turn(f"To {text}", at_s, at_s + 1.0)]}
        for at_s, (kind, text) in enumerate(kinds)
    ]
    result = {"id": "x", "answers": answers}
    blocks = web_vtt(result).split("\n\n")[2:]
    assert [block.partition(": ")[0] for block in blocks[::2]] == [
        "NOTE practice",
        "NOTE question 1",
        "NOTE follow-up 1a",
        "NOTE follow-up 1b",
        "NOTE question 2",
        "NOTE follow-up 2a",
        "NOTE candidate questions",
    ]
    cues = [block.split("\n") for block in blocks[1::2]]
    names = ["practice", "1", "1a", "1b", "2", "2a", "candidate questions"]
    assert [cue[0] for cue in cues] == [f"{name}.1" for name in names]
    assert cues[2][2] == "<v Candidate>To Since when?"
    text = text_transcript(result).split("\n\n", 1)[1]
    assert text.startswith(
        "Practice. Shall we try?\n   [00:00] To Shall we try?\n\n1. Who are you?"
    )
    assert "\n\n1b. Why?\n   [00:03] To Why?\n\n2. What next?\n" in text


def test_what_was_left_out_is_shown_to_people() -> None:
    taken = {"start_s": 61.0, "end_s": 64.0, "reason": "repetition loop", "text": "no -->\n\nno"}
    turn = _turn("no", 61.0, 64.0, rejected=[taken])
    found = {"id": "x", "answers": [{"asked_text": "Why?", "turns": [turn]}]}
    assert web_vtt(found).endswith(
        "NOTE left out, 00:01:01.000 to 00:01:04.000, repetition loop: no → no\n"
    )
    assert "\n   (01:01 left out, repetition loop: no --> no)\n" in text_transcript(found)


@given(st.text(max_size=60), st.floats(0, 1e5), st.floats(0, 1e5))
def test_web_vtt_holds_together_whatever_was_said(text: str, start_s: float, end_s: float) -> None:
    answer = {"asked_text": text, "status": "answered", "turns": [_turn(text, start_s, end_s)]}
    blocks = web_vtt({"id": "x", "answers": [answer]}).rstrip("\n").split("\n\n")
    assert blocks[0] == "WEBVTT"
    for block in blocks[1:]:
        lines = block.split("\n")
        assert block.startswith("NOTE ") or " --> " in lines[1]
        assert sum("-->" in line for line in lines) == (0 if block.startswith("NOTE") else 1)
