"""How soon an answer from the FAQ can be heard: made as one clip, and piece by piece.

    .venv/bin/python -m benchmarks.long_answers [--runs 5]

The real voice, nothing cached. For each length: seconds from the text to the whole clip; to the
clip of the first piece; and the longest time that a later piece comes after the one before it has
been heard (0: there is no gap).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from media_server.interview.faq_pieces import pieces
from media_server.interview.pacing import VOICE_DEADLINE_S
from media_server.ports import SpeechUnavailable, TextToSpeech
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings

SENTENCES = (
    "The job pays {n} euros a year, and a bonus of up to five percent comes on top of it.",
    "You work four days a week, and two of them may be at home if you like.",
    "After six months we look at the pay again together with you.",
    "If you move here for the job, we pay for the van and for the first month of rent.",
    "In the summer we close for two weeks, which do not count as holidays.",
    "There is a canteen in house {n}, and a nursery for children from one year on.",
)
LENGTHS = (160, 300, 600, 1000, 2000)


def _text(chars: int, number: int) -> str:
    """Different words each time: nothing is made twice."""
    text = ""
    for n in range(1000):
        sentence = SENTENCES[n % len(SENTENCES)].format(n=1000 * number + n)
        if n >= len(SENTENCES) and "{n}" not in SENTENCES[n % len(SENTENCES)]:
            sentence = f"In year {n}, {sentence[0].lower()}{sentence[1:]}"
        if len(text) + len(sentence) > chars:
            break
        text = f"{text} {sentence}".strip()
    return text


async def _made(voice: TextToSpeech, text: str, deadline_s: float) -> tuple[float, float]:
    """(seconds until it is there, seconds of speech)"""
    began_s = time.monotonic()
    clip = await voice.speak(text, locale="en", deadline_s=deadline_s)
    return time.monotonic() - began_s, clip.duration_s


async def _one(voice: TextToSpeech, chars: int, number: int) -> tuple[float | None, float, float]:
    try:
        whole_s, _ = await _made(voice, _text(chars, number), VOICE_DEADLINE_S - 0.5)
    except SpeechUnavailable:
        whole_s = None
        await asyncio.sleep(8.0)  # it is still being made
    told = pieces(_text(chars, number + 500))
    first_s, heard_s = await _made(voice, told[0], 60)
    gap_s = 0.0
    for piece in told[1:]:
        took_s, duration_s = await _made(voice, piece, 60)
        gap_s, heard_s = max(gap_s, took_s - heard_s), duration_s
    return whole_s, first_s, gap_s


async def _all(runs: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        voice = create_text_to_speech(TtsSettings(cache_dir=Path(directory) / "speech"))
        await voice.start()
        await _made(voice, "Hello, and welcome.", 60)  # the engine is loaded
        print("characters  whole clip s  first piece s  longest gap s")
        for chars in LENGTHS:
            found = [await _one(voice, chars, 20 * run + chars) for run in range(runs)]
            wholes = [whole_s for whole_s, _, _ in found if whole_s is not None]
            whole = f"{statistics.median(wholes):.2f}" if wholes else "none"
            missing = f" ({runs - len(wholes)} of {runs} too late)" if len(wholes) < runs else ""
            first_s = statistics.median(first for _, first, _ in found)
            gap_s = max(gap for _, _, gap in found)
            print(f"{chars:10}  {whole}{missing}  {first_s:.2f}  {gap_s:.2f}", flush=True)
        await voice.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    asyncio.run(_all(parser.parse_args().runs))


if __name__ == "__main__":
    main()
