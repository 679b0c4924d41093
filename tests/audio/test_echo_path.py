"""The path of an echo that is known, and what unlearns it."""

from __future__ import annotations

from media_server.audio.band_levels import BANDS
from media_server.audio.echo import EchoDetector
from media_server.audio.sent_voice import SentVoice

FRAME_S = 0.02


def known_path() -> EchoDetector:
    """A loud voice is being sent for ten seconds; its echo came 0.1 s later, 20 dB down."""
    voice = SentVoice()
    voice.begin(bytes([160] * BANDS * 500), 0.0, 50.0)
    detector = EchoDetector(voice)
    for _ in range(2):
        detector._learn(5, 0.01)
    return detector


def test_a_path_whose_echo_goes_on_coming_is_kept() -> None:
    detector = known_path()
    assert all(detector.explains(5e-4, 51.0 + n * FRAME_S) for n in range(50))
    assert detector.gain_db is not None


def test_a_path_whose_echo_does_not_come_is_forgotten() -> None:
    """Headphones were put on: else the known path would swallow the candidate for good."""
    detector = known_path()
    for n in range(20):
        detector.explains(1e-9, 51.0 + n * FRAME_S)
    assert detector.gain_db is None
    assert not detector.explains(5e-4, 51.5)
