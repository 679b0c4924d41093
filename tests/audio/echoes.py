"""What a candidate with a loudspeaker sends: the bot's voice after a delay and a room, softer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from media_server.audio.band_levels import band_levels, pack_levels
from media_server.audio.events import ReceiverEvent, ReceiverSettings
from media_server.audio.receiver import AudioReceiver
from media_server.audio.types import SAMPLE_RATE, Pcm, RtpPacket
from tests.audio.streams import encode

Signal = NDArray[np.float64]
SENT_S = 1_000.0
"""On the process clock: when the candidate's media time 0 was sent."""
TRAVEL_S = 0.03
"""From the candidate to us."""


def rms(signal: Signal) -> float:
    return float(np.sqrt(np.mean(np.square(signal))))


def echo_of(voice: Pcm, *, level_db: float, seed: int, room_s: float = 0.35) -> Signal:
    """The voice out of a small loudspeaker in a room, `level_db` against what was sent."""
    rng = np.random.default_rng(seed)
    room = rng.standard_normal(int(room_s * SAMPLE_RATE))
    room *= np.exp(-6.9 * np.arange(room.size) / room.size)
    room *= 0.5 / np.sqrt(np.sum(np.square(room)))
    room[0] = 1.0
    size = 1 << int(np.ceil(np.log2(voice.size + room.size)))
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    small = 1 / np.sqrt(1 + (250 / np.maximum(hertz, 1.0)) ** 6)
    spectrum = np.fft.rfft(voice.astype(np.float64), size) * np.fft.rfft(room, size) * small
    echo = np.fft.irfft(spectrum, size)[: voice.size + room.size]
    return np.asarray(
        echo * (rms(voice.astype(np.float64)) / rms(echo[: voice.size]) * 10 ** (level_db / 20))
    )


def microphone(
    length_s: float, *sounds: tuple[float, Signal], seed: int = 0, floor_dbfs: float = -66.0
) -> Pcm:
    """A quiet room with `sounds`, each with the second at which it begins."""
    rng = np.random.default_rng(seed)
    total = rng.standard_normal(int(length_s * SAMPLE_RATE)) * 32768 * 10 ** (floor_dbfs / 20)
    for at_s, sound in sounds:
        begin = int(at_s * SAMPLE_RATE)
        part = sound[: max(0, total.size - begin)]
        total[begin : begin + part.size] += part
    return np.clip(total, -32768, 32767).astype(np.int16)


def levels_of(voice: Pcm) -> bytes:
    return pack_levels(band_levels(voice))


def over_the_bot(
    heard: Pcm,
    *,
    bot_s: float,
    levels: bytes,
    bot_length_s: float,
    receiver: AudioReceiver | None = None,
    jitter_s: float = 0.0,
) -> tuple[list[tuple[float, ReceiverEvent]], AudioReceiver]:
    """What the receiver says while the bot speaks from `bot_s` on for `bot_length_s`.

    (media time at which it is said, event). When the bot has spoken, a turn begins. The bot is not
    stopped by what is heard.
    """
    listener = receiver or AudioReceiver(ReceiverSettings(), connection_epoch=1)
    rng = np.random.default_rng(1)
    events: list[tuple[float, ReceiverEvent]] = []
    speaking = over = False
    for index, payload in enumerate(encode(heard)):
        media_s = (index + 1) * 0.02
        now_s = SENT_S + media_s + TRAVEL_S + float(rng.uniform(0, jitter_s))
        if not speaking and not over and media_s >= bot_s:
            speaking = True
            listener.bot_speaking(True)
            listener.bot_voice_begins(levels, 0.0, SENT_S + bot_s)
        if speaking and media_s > bot_s + bot_length_s:
            speaking, over = False, True
            listener.bot_voice_ends(now_s)
            listener.bot_speaking(False)
            events += [(media_s, event) for event in listener.listen(1)]
        packet = RtpPacket(1, index, index * 960, False, 111, payload)
        events += [(media_s, event) for event in listener.receive(packet, now_s)]
    return events, listener
