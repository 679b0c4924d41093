"""What a clip is made of, and the name it is kept under. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from media_server.delivery import PLAIN, Delivery
from media_server.tts.encode import ENCODER_VERSION
from media_server.tts.engine import EngineInfo
from media_server.tts.signs import SIGNS, SIGNS_VERSION


def clip_key(engine: EngineInfo, locale: str, text: str, delivery: Delivery = PLAIN) -> str:
    """SHA-256 (hex) over all that decides the bytes."""
    parts = [engine.name, engine.voice, engine.detail, ENCODER_VERSION, locale.lower(), text]
    if not SIGNS.isdisjoint(text):
        parts.append(f"signs {SIGNS_VERSION}")
    if delivery != PLAIN:
        parts.append(f"tempo {delivery.tempo:.3f}, gain {delivery.gain_db:.1f} dB")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Words:
    """A text, in whose language, and how it is to be said."""

    text: str
    locale: str
    delivery: Delivery = PLAIN

    def key(self, engine: EngineInfo) -> str:
        return clip_key(engine, self.locale, self.text, self.delivery)
