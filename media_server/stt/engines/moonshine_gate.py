"""What of Moonshine's text was said, and what it made up of a noise. Pure.

Of 845 pieces of noise that our speech detector took for speech (breath, keys, knocks, coughs,
music, hiss, hum) the model made words in all but a few: half of them "You", and on knocks it is as
sure of that as of speech. So one word that it is known for is no proof of anything; of other text
the first word's probability is; and marks of music and other scripts are never English. What that
costs of real speech stands in docs/models.md.
"""

from __future__ import annotations

from media_server.stt import loops
from media_server.stt.engines.moonshine_model import Decoded

ALWAYS_INVENTED = frozenset(
    (
        "you",
        "you you",
        "thank you for watching",
        "thanks for watching",
        "transcript emily beynon",
    )
)
"""As a whole text it is nobody's answer."""
PERHAPS_INVENTED = frozenset(
    (
        "2",
        "ah",
        "hmm",
        "huh",
        "i",
        "mm",
        "mm-hmm",
        "oh",
        "oh god",
        "oh my",
        "so",
        "thank you",
        "the",
        "uh",
        "uh-huh",
        "um",
        "well",
        "yeah",
    )
)
"""As a whole text somebody may have said it. An interim is better without: the next has more."""
UNSURE_INTERIM, UNSURE_FINAL = -1.0, -1.5
"""Natural logarithm of the first token's probability: below it nothing was said. A final is kept
longer, for nothing comes after it."""
SURE = -0.3
"""From here on a final may be one of the words that are perhaps invented."""
LEAST_WORD_MS = 60
"""Of what the VAD took for speech, for each word: half of what the fastest talkers need."""
REPEATED = 3
"""Times in a row; where the decoder found no end it is the end that it did not find."""
LONGEST_REPEATED = 12
"""Words."""
_LATIN_ENDS = 0x250
_MUSIC_AND_BROKEN = "\u266a\u266b\U0001f3b5\U0001f3b6\u00a9\ufffd"


def invented(decoded: Decoded, text: str, *, speech_ms: int | None, final: bool) -> str:
    """Why none of `text` was said, or "". `text`: what is left of `decoded.text`, not empty."""
    bare = loops.fold(text).strip(" .-'")
    if not bare or _is_foreign(text):
        return "no English words"
    if bare in ALWAYS_INVENTED:
        return "known invention on noise"
    first = decoded.first_logprob
    if bare in PERHAPS_INVENTED and not (final and first >= SURE):
        return "known invention on noise"
    if first < (UNSURE_FINAL if final else UNSURE_INTERIM):
        return "unsure of the first word"
    if speech_ms is not None and speech_ms < LEAST_WORD_MS * len(bare.split()):
        return "more words than there was speech"
    return ""


def without_loop(text: str) -> tuple[str, str]:
    """A text that was stopped, up to where it began to repeat itself; and the rest.

    What is repeated goes altogether: the model loops where the audio ends within a word.
    """
    written = text.split()
    words = [loops.fold(word).strip(".-'") for word in written]
    for start in range(len(words)):
        for size in range(1, LONGEST_REPEATED + 1):
            if start + REPEATED * size > len(words):
                break
            if _repeats(words[start:], size):
                return " ".join(written[:start]), " ".join(written[start:])
    return text, ""


def _repeats(words: list[str], size: int) -> bool:
    """One phrase over and over until the end, which may be within a word."""
    same = (words[at] == words[at - size] for at in range(size, len(words) - 1))
    return all(same) and words[-size - 1].startswith(words[-1])


def _is_foreign(text: str) -> bool:
    """The model's tokens know many scripts, and it was taught English."""
    if any(mark in text for mark in _MUSIC_AND_BROKEN):
        return True
    return any(letter.isalpha() and ord(letter) >= _LATIN_ENDS for letter in text)
