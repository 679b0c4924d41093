"""Rejects what Whisper is known to invent: credits on silence, repetition loops. Pure.

The models were trained on subtitles, so that noise comes out as "Thanks for watching" or as the
name of a subtitling community, and a decoder that lost its way repeats itself (Koenecke et al.,
"Careless Whisper", 2024). What a person could have said in the time they spoke is kept, but for a
text that is nothing but a subtitle credit. A loop is cut out of the text and the rest is kept.
What is taken out is never lost: it goes into the result, for people to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from media_server.ports import Transcription, Word
from media_server.spacing import tidy
from media_server.stt import loops
from media_server.stt.loops import FASTEST_WORD_MS, fold

CREDIT_NOUNS = frozenset({
    "subtitle", "subtitles", "subtitled", "subtitling", "captions", "captioned", "captioning",
    "transcription", "transcribed", "copyright", "untertitel", "untertitelung", "titres", "titre",
    "titrage", "soustitres", "sottotitoli", "subtítulos", "subtitulos", "subtitulado",
    "subtitulada", "legendas", "legendado", "ondertitels", "ondertiteld", "ondertiteling", "napisy",
    "tłumaczenie", "субтитры", "субтитров",
})  # fmt: skip
CREDIT_MAKERS = frozenset({
    "amara.org", "opensubtitles", "opensubtitles.org", "www.opensubtitles.org", "castingwords",
    "soustitreur.com", "zdf", "wdr", "swr", "ard", "qtss", "501", "canada", "dimatorzok", "geiges",
})  # fmt: skip
WEAK_MAKERS = frozenset({"501", "canada"})
"""Anybody may name them: beside "sous-titres" alone they make a credit whatever the evidence."""
CREDIT_LINKS = frozenset({
    "a", "al", "au", "aufgrund", "auftrag", "by", "canal", "canale", "commission", "community",
    "comunidad", "comunidade", "comunità", "communauté", "creados", "creati", "cura", "d", "da",
    "dalla", "das", "de", "del", "der", "des", "di", "do", "door", "e", "en", "español", "fait",
    "faits", "funk", "für", "gemeenschap", "hechos", "i", "im", "ingediend", "l", "la", "les",
    "par", "para", "pela", "per", "por", "pour", "przez", "radio", "realizados", "revisione",
    "robione", "réalisés", "réalisé", "société", "sous", "społeczności", "społeczność", "st",
    "stephanie", "stworzone", "text", "the", "transcrição", "von", "wykonane", "zdjęcia", "делал",
    "сделал", "создавал", "создал", "подогнал",
})  # fmt: skip
"""A text made of these words alone, with a noun and a maker, is a credit: the models bring them in
many inflections. One word more ("the subtitles by Amara.org were late") and somebody said it."""
CREDIT_OPENINGS = (
    "subtitles by",
    "subtitled by",
    "captions by",
    "captioned by",
    "transcription by",
    "transcribed by",
    "untertitel von",
    "untertitelung von",
    "sous-titres par",
    "sous-titres réalisés par",
    "sous-titrage",
    "sottotitoli a cura di",
    "sottotitoli e revisione a cura di",
    "sottotitoli creati da",
    "subtítulos por",
    "subtítulos realizados por",
    "legendas por",
    "ondertiteling door",
    "ondertiteld door",
    "napisy przez",
    "редактор субтитров",
)
"""A text that begins so and goes on for a few words may be a credit to anybody, or the rest of a
sentence that was cut at a pause ("... subtitles by preference"): names or the evidence decide."""
CREDIT_REST_WORDS = 4
CREDIT_WORD_MS = 200
CREDIT_SPEECH_SHARE = 0.3
"""Of the audio. A segment is closed after half a second of pause, so words fill most of one."""
_NOUN_CAPITALS = ("untertitel",)
"""German writes every noun like a name."""
WHOLE_CREDITS = tuple(
    re.compile(pattern)
    for pattern in (
        r".{0,12}ご視聴(?:いただき|頂き)? ?ありがとうございま(?:した|す)",
        r"(?:小[編编])?(?:中文)?字幕(?: ?by ?|志[愿願]者 ?)\S{1,12}",
        r"(?:小[編编])?(?:中文)?字幕由 ?amara\.org ?社[区區群](?:提供)?",
        r"[请請]不吝[点點][赞贊讚].{0,40}",
        r"subtitles downloaded from (?:www\.)?opensubtitles(?:\.org)?",
        r"advertise your product or brand here .{0,60}opensubtitles.{0,20}",
        r"support us and become vip member .{0,60}opensubtitles.{0,20}",
    )
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_CREDIT_SPLIT = re.compile(r"[\s'\-]+")

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
        "amara.org",
        "www.mooji.org",
        "copyright",
        "wdr 2021",
        "swr 2020",
        "swr 2021",
        "продолжение следует",
        "спасибо за просмотр",
        "시청해주셔서 감사합니다",
        "시청해 주셔서 감사합니다",
        "abone olmay\u0131 unutmay\u0131n",
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
LOOP = "repetition loop"
MOST_KEPT = 2000
"""Characters of what was taken out."""
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left of a recognised text, and what was taken out of it."""

    text: str
    """What is kept, with sane spacing."""
    reason: str = ""
    """Why something was taken out, or ""."""
    rejected: str = ""
    """What was taken out, at most MOST_KEPT characters of it."""
    cuts: tuple[loops.Span, ...] = ()
    """Where it stood in the text that was judged."""


def judge(text: str, *, speech_ms: int | None, audio_s: float) -> Verdict:
    """`text` without what cannot have been said.

    `speech_ms`: how much of the audio the VAD took for speech; None: unknown, then the length of
    the audio stands for it.
    """
    if not text.strip():
        return Verdict("")
    cuts = tuple(loops.find(text, 1000 * audio_s))
    kept = tidy(loops.without(text, cuts))
    spoken_ms = 1000 * audio_s if speech_ms is None else speech_ms
    if reason := _invented(kept, spoken_ms, audio_s, looped=bool(cuts)):
        return Verdict("", reason, text.strip()[:MOST_KEPT], ((0, len(text)),))
    if not cuts:
        return Verdict(kept)
    out = " ".join(text[start:end].strip() for start, end in cuts)
    return Verdict(kept, LOOP, out[:MOST_KEPT], cuts)


def filtered(made: Transcription, *, speech_ms: int | None, audio_s: float) -> Transcription:
    """`made` as its verdict has it: the words go with the text. What an engine took out before
    stays told."""
    verdict = judge(made.text, speech_ms=speech_ms, audio_s=audio_s)
    if not verdict.reason:
        return replace(made, text=verdict.text)
    return replace(
        made,
        text=verdict.text,
        words=tuple(_kept_words(made.text, made.words, verdict.cuts)) if verdict.text else (),
        confidence=made.confidence if verdict.text else None,
        rejected="; ".join(filter(None, (made.rejected, verdict.reason))),
        rejected_text=" ".join(filter(None, (made.rejected_text, verdict.rejected)))[:MOST_KEPT],
    )


def _kept_words(text: str, words: Iterable[Word], cuts: tuple[loops.Span, ...]) -> Iterable[Word]:
    """Each word that stands in what is kept of `text`. One that is not found in it (servers write
    words without the text's marks) goes by the place where its neighbours stand."""
    lower, at = _lower(text), 0
    for word in words:
        found = lower.find(_lower(word.text), at)
        if found < 0:
            while at < len(text) and not text[at].isalnum():
                at += 1
            if not any(start <= at < end for start, end in cuts):
                yield word
            continue
        at = found + len(word.text)
        if left := loops.without(text, cuts, found, at):
            yield word if left == text[found:at] else replace(word, text=left)


def _lower(text: str) -> str:
    """Of the same length: a few letters have a longer lower case."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _invented(text: str, spoken_ms: float, audio_s: float, *, looped: bool) -> str:
    """Why nothing of `text` can have been said, or "". `looped`: it was said over and over."""
    if not _LETTER_OR_DIGIT.search(text):
        return "marks without a word"
    folded = fold(text)
    words = folded.split()
    if _is_credit(folded, spoken_ms, audio_s) or _may_be_credit(text, folded, spoken_ms, audio_s):
        return "subtitle credit"
    if folded.strip(" .-") in ON_SILENCE and (looped or spoken_ms < FASTEST_WORD_MS * len(words)):
        return "known invention on silence"
    if len(words) >= 6 and 1000 * audio_s < FASTEST_WORD_MS * len(words) / 2:
        return "more words than fit the audio"
    return ""


def _is_credit(folded: str, spoken_ms: float, audio_s: float) -> bool:
    """The whole text is one of the credits that the training data was full of, said or not; one
    that anybody might say ("Copyright, Canada.") only if it was hardly spoken."""
    bare = folded.strip(" .-")
    if any(pattern.fullmatch(bare) for pattern in WHOLE_CREDITS):
        return True
    words = {word.strip(".") for word in _CREDIT_SPLIT.split(bare)} - {""}
    made_of_credits = (
        not words.isdisjoint(CREDIT_NOUNS)
        and not words.isdisjoint(CREDIT_MAKERS)
        and all(
            word in CREDIT_NOUNS
            or word in CREDIT_MAKERS
            or word in CREDIT_LINKS
            or _YEAR.fullmatch(word)
            for word in words
        )
    )
    if not made_of_credits:
        return False
    of_subtitles = "soustitres" in words or (
        "sous" in words and not words.isdisjoint({"titrage", "titre", "titres"})
    )
    certain = of_subtitles or not words.isdisjoint(CREDIT_MAKERS - WEAK_MAKERS)
    return certain or _hardly_spoken(folded, spoken_ms, audio_s)


def _hardly_spoken(folded: str, spoken_ms: float, audio_s: float) -> bool:
    return spoken_ms < max(
        CREDIT_WORD_MS * len(folded.split()), CREDIT_SPEECH_SHARE * 1000 * audio_s
    )


def _may_be_credit(text: str, folded: str, spoken_ms: float, audio_s: float) -> bool:
    """It opens like a credit, and goes on with names or was hardly spoken at all."""
    opening = next((o for o in CREDIT_OPENINGS if folded.startswith(o + " ")), "")
    rest = folded[len(opening) :].split()
    if not opening or len(rest) > CREDIT_REST_WORDS:
        return False
    if _hardly_spoken(folded, spoken_ms, audio_s):
        return True
    written = text.split()[-len(rest) :]
    return (
        len(rest) >= 2
        and not opening.startswith(_NOUN_CAPITALS)
        and all(word[:1].isupper() for word in written)
    )
