"""What is taken for noise, by figures that Whisper base gave (benchmarks/stt_noise.py)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from media_server.ports import Transcription, Word
from media_server.stt import noise_gate
from media_server.stt.noise_gate import Evidence


@dataclass
class Piece:
    no_speech_prob: float
    avg_logprob: float


@pytest.mark.parametrize(
    ("text", "no_speech", "log_prob"),
    [
        ("Yes.", 0.18, -0.88),
        ("No.", 0.09, -0.86),
        ("I don't know.", 0.18, -0.54),
        ("Sure.", 0.05, -0.86),
        ("maybe.", 0.15, -0.95),
        ("Well.", 0.19, -0.83),
        ("a guess, and speech by all means", 0.02, -1.9),
        ("sure words of something quiet", 0.4, -0.2),
    ],
)
def test_short_answers_are_kept(text: str, no_speech: float, log_prob: float) -> None:
    made = Transcription(text, (), "e", "m", "en", 0.4)
    assert noise_gate.gated(made, Evidence(no_speech, log_prob)) == made


@pytest.mark.parametrize(
    ("text", "no_speech", "log_prob"),
    [
        ("Oh.", 0.33, -0.97),
        ("Bok.", 0.27, -0.94),
        ("Buh-buh-buh.", 0.71, -0.88),
        ("A-A-A!", 0.64, -0.09),
        ("Thanks for watching!", 0.58, -1.11),
    ],
)
def test_noise_is_rejected(text: str, no_speech: float, log_prob: float) -> None:
    words = (Word(text, 0.0, 0.4, 0.1),)
    made = Transcription(text, words, "e", "m", "en", 0.4, "repetition loop", "and so")
    kept = noise_gate.gated(made, Evidence(no_speech, log_prob))
    assert (kept.text, kept.words, kept.confidence) == ("", (), None)
    assert kept.rejected == "repetition loop; noise, no speech"
    assert kept.rejected_text == f"{text} and so"


def test_what_is_empty_stays_as_it_is() -> None:
    made = Transcription("", (), "e", "m", "en", rejected="subtitle credit", rejected_text="x")
    assert noise_gate.gated(made, Evidence(0.9, -2.0)) == made


def test_evidence_of_pieces() -> None:
    assert noise_gate.evidence([]) == Evidence()
    assert noise_gate.evidence([Piece(0.3, -0.2), Piece(0.3, -0.9)]) == Evidence(0.3, -0.9)
