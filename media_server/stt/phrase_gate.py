"""Rejects what Whisper is known to invent: credits on silence, repetition loops. Pure.

The models were trained on subtitles, so that noise comes out as "Thanks for watching" or as the
name of a subtitling community, and a decoder that lost its way repeats itself (Koenecke et al.,
"Careless Whisper", 2024). What a person could have said in the time they spoke is never rejected.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

CREDITS = (
    "amara.org",
    "opensubtitles",
    "subtitles by",
    "subtitled by",
    "transcription by castingwords",
    "untertitel der",
    "untertitel im auftrag des",
    "untertitel von",
    "sous-titres réalisés",
    "sous-titrage",
    "sottotitoli creati dalla",
    "sottotitoli e revisione",
    "subtítulos realizados por",
    "subtítulos por la comunidad",
    "legendas pela comunidade",
    "ondertiteling door",
    "ご視聴ありがとうございました",
    "字幕by",
    "请不吝点赞",
)
"""A short text that holds one of these is nobody's answer."""
CREDIT_WORDS = 14

ON_SILENCE = frozenset(
    (
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "thanks for listening",
        "thank you for listening",
        "please subscribe",
        "please subscribe to my channel",
        "like and subscribe",
        "don't forget to like and subscribe",
        "see you next time",
        "see you in the next video",
        "thank you",
        "thank you very much",
        "thanks",
        "you",
        "bye",
        "bye bye",
        "so",
        "the end",
        "music",
        "applause",
        "silence",
        "blank audio",
        "vielen dank",
        "vielen dank für's zuschauen",
        "merci",
        "merci d'avoir regardé cette vidéo",
        "gracias",
        "gracias por ver el video",
        "gracias por ver",
        "obrigado",
        "grazie",
    )
)
"""Rejected as a whole text, when there was too little speech to have said it."""
FASTEST_WORD_MS = 110
"""Nobody speaks more than about nine words a second."""
LOOP_TIMES = {1: 8, 2: 5, 3: 4}
"""A phrase of so many words repeated this often in a row is a loop; of more words, four times."""
LONGEST_LOOP_WORDS = 12
COMPRESSION_LIMIT = 2.4
COMPRESSION_BYTES = 120
"""Shorter texts compress too unevenly to judge."""
_CHARACTER_LOOP = re.compile(r"(\S{1,12}?)\1{7,}")
_MARKS = re.compile(r"[^\w'.\- ]+")


def reject(text: str, *, speech_ms: int | None, audio_s: float) -> str:
    """Why `text` cannot have been said, or "".

    `speech_ms`: how much of the audio the VAD took for speech; None: unknown, then the length of
    the audio stands for it.
    """
    folded = _fold(text)
    words = folded.split()
    if not words:
        return ""
    if len(words) <= CREDIT_WORDS and any(credit in folded for credit in CREDITS):
        return "subtitle credit"
    spoken_ms = 1000 * audio_s if speech_ms is None else speech_ms
    if folded.strip(" .-") in ON_SILENCE and spoken_ms < FASTEST_WORD_MS * len(words):
        return "known invention on silence"
    if len(words) >= 6 and 1000 * audio_s < FASTEST_WORD_MS * len(words) / 2:
        return "more words than fit the audio"
    if loop := _loop(words):
        return loop
    if _CHARACTER_LOOP.search(folded):
        return "repetition loop of characters"
    data = text.encode()
    if len(data) >= COMPRESSION_BYTES and len(data) / len(zlib.compress(data)) > COMPRESSION_LIMIT:
        return "repetition, by its compression ratio"
    return ""


def _loop(words: list[str]) -> str:
    """A phrase that repeats without a break and makes up at least half of the text."""
    for size in range(1, min(LONGEST_LOOP_WORDS, len(words) // 2) + 1):
        run = 0
        for index in range(size, len(words)):
            run = run + 1 if words[index] == words[index - size] else 0
            times = run // size + 1
            if times >= LOOP_TIMES.get(size, 4) and 2 * times * size >= len(words):
                return f"repetition loop of {size} words"
    return ""


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(_MARKS.sub(" ", plain).split())
