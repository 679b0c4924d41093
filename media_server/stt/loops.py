"""Repetition loops in recognised text: a decoder that lost its way says one thing over and over.

Pure. A loop is found by what repeats without a break, never by how well the text compresses: lists,
stammers, drawn out sounds, bit masks and scripts of three UTF-8 bytes repeat by nature. What is cut
leaves the first time standing, so that a person who did say it many times loses the number of times
and nothing else; dictated digits and letters, whose number matters, are left alone as long as they
can have been spoken in the time.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

FASTEST_WORD_MS = 110
"""Nobody speaks more than about nine words a second."""
WORDS_IN_A_CHARACTER = 0.25
"""Of a script without spaces."""
WORD_TIMES = {1: 12, 2: 6, 3: 4}
"""A phrase of so many words, this often in a row, is a loop; of more words, four times."""
HURRIED_TIMES = {1: 8, 2: 5, 3: 4}
"""The same where the text has more words than fit the audio."""
CHARACTER_TIMES = {1: 12, 2: 8, 3: 6, 4: 5}
"""The same for scripts without spaces, where a token is a character."""
MOST_DICTATED = 64
"""Binary digits of a machine word, hexadecimal digits of a SHA-256; also the letters of a stammer
("I I I think") are dictated in this sense."""
LONGEST_UNIT = 40
"""Tokens of what repeats: Whisper's loops have whole sentences in them."""
DRAWN_OUT = 40
"""Characters of one sound that a person draws out ("Hmmmm") or laughs, within a word."""
SOUND_TIMES = 8
KEPT_OF_A_SOUND = 3
COMPRESSION_LIMIT = 2.4
"""Whisper's own (Radford et al. 2022, 4.5), which only ever asks for another decode."""
COMPRESSION_CHARACTERS = 120
"""Shorter texts compress too unevenly to judge."""
UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff"  # Tibetan
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"  # Japanese, Chinese
)
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{UNSPACED}]")
_SOUND = re.compile(rf"(\S{{1,12}}?)\1{{{SOUND_TIMES - 1},}}")
_LETTER = re.compile(r"[^\W\d_]", re.ASCII)
_NUMERIC = re.compile(r"(?=.*\d)[\da-fx.,:_\-]+")
_SPOKEN_NUMBERS = (
    "zero nought oh one two three four five six seven eight nine ten hundred thousand double "
    "null eins zwei drei vier fünf sechs sieben acht neun "
    "cero uno dos tres cuatro cinco seis siete ocho nueve "
    "zéro un deux trois quatre cinq sept huit neuf "
    "due tre quattro cinque sei sette otto nove "
    "um dois três quatro sete oito nove "
    "nul een twee drie zes zeven negen "
    "jeden dwa trzy cztery pięć sześć siedem osiem dziewięć "
    "ноль нуль один два три четыре пять шесть семь восемь девять "
    "s\u0131f\u0131r bir iki üç dört beş alt\u0131 yedi sekiz dokuz "
    "영 공 일 이 삼 사 오 육 칠 팔 구 "
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة"
)
NUMBER_WORDS = frozenset(_SPOKEN_NUMBERS.split())
_HAN_DIGITS = frozenset("〇零一二三四五六七八九幺兩两十百千ゼロ")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Token:
    folded: str
    start: int
    end: int

    @property
    def unspaced(self) -> bool:
        return bool(_IS_UNSPACED.match(self.folded))

    @property
    def dictated(self) -> bool:
        folded = self.folded
        if self.unspaced:
            return folded in _HAN_DIGITS
        return (
            bool(_LETTER.fullmatch(folded))
            or folded in NUMBER_WORDS
            or bool(_NUMERIC.fullmatch(folded))
        )


def fold(text: str) -> str:
    """For comparing: case, marks and spacing do not count."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join("".join(c if _counts(c) else " " for c in plain).split())


def _counts(character: str) -> bool:
    """Vowel signs of Indic scripts are combining marks, and no punctuation."""
    return character.isalnum() or character in "_'.-" or unicodedata.category(character)[0] == "M"


def find(text: str, audio_ms: float) -> list[Span]:
    """What to cut out of `text`: [start, end) in characters, in order, the first time left out."""
    tokens = [
        _Token(folded, match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if (folded := fold(match[0]).strip(".-' "))
    ]
    words = sum(WORDS_IN_A_CHARACTER if token.unspaced else 1 for token in tokens)
    cuts = _repeated_tokens(tokens, hurried=FASTEST_WORD_MS * words > audio_ms)
    for token in tokens:
        if not any(start <= token.start < end for start, end in cuts):
            cuts += _repeated_sounds(text, token)
    return sorted(cuts)


def without(text: str, cuts: Sequence[Span], start: int = 0, end: int | None = None) -> str:
    """text[start:end], what is cut left out."""
    end = len(text) if end is None else end
    parts, at = [], start
    for cut_start, cut_end in cuts:
        if cut_end > at and cut_start < end:
            parts.append(text[at : max(at, cut_start)])
            at = max(at, cut_end)
    parts.append(text[at:end])
    return "".join(parts)


def is_repetitive(text: str) -> bool:
    """It compresses like a loop: worth another decode, and no reason to drop anything.

    Each different character counts as one byte, so that every script is judged alike. A text of
    more than 256 different characters is none.
    """
    if len(text) < COMPRESSION_CHARACTERS:
        return False
    codes: dict[str, int] = {}
    for character in text:
        codes.setdefault(character, len(codes))
    if len(codes) > 256:
        return False
    data = bytes(codes[character] for character in text)
    return len(data) / len(zlib.compress(data)) > COMPRESSION_LIMIT


def _repeated_tokens(tokens: Sequence[_Token], *, hurried: bool) -> list[Span]:
    runs = _runs([token.folded for token in tokens])
    cuts: list[Span] = []
    at = 0
    while at < len(tokens):
        found = 0
        for size in range(1, min(LONGEST_UNIT, (len(tokens) - at) // 2) + 1):
            run = runs[size - 1][at + size]
            times = 1 + run // size
            if times >= _limit(tokens[at : at + size], hurried=hurried):
                # The decoder ran out of room in the middle of it, or the speaker goes on.
                broken_off = at + size + run == len(tokens)
                found = size + run if broken_off else size * times
                cuts.append((tokens[at + size - 1].end, tokens[at + found - 1].end))
                break
        at += found or 1
    return cuts


def _runs(words: Sequence[str]) -> list[list[int]]:
    """[size - 1][index]: how many words from `index` on equal the one `size` before."""
    runs = []
    for size in range(1, min(LONGEST_UNIT, len(words) // 2) + 1):
        run = [0] * (len(words) + 1)
        for index in range(len(words) - 1, size - 1, -1):
            run[index] = run[index + 1] + 1 if words[index] == words[index - size] else 0
        runs.append(run)
    return runs


def _limit(unit: Sequence[_Token], *, hurried: bool) -> int:
    size = len(unit)
    if any(token.unspaced for token in unit):
        usual = CHARACTER_TIMES.get(size, 4)
    else:
        usual = (HURRIED_TIMES if hurried else WORD_TIMES).get(size, 4)
    if not hurried and all(token.dictated for token in unit):
        return MOST_DICTATED // size + 1
    return usual


def _repeated_sounds(text: str, token: _Token) -> list[Span]:
    """Within a word: "Aaaa…" for ever, "no-no-no-…"."""
    dictated = bool(_NUMERIC.fullmatch(token.folded))
    cuts = []
    for match in _SOUND.finditer(text, token.start, token.end):
        length, unit = match.end() - match.start(), len(match[1])
        if length > (MOST_DICTATED if dictated else DRAWN_OUT):
            kept = KEPT_OF_A_SOUND if unit == 1 else 1
            cuts.append((match.start() + kept * unit, match.end()))
    return cuts
