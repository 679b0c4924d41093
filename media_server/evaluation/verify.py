"""Whether somebody has said what a model quotes: only a span of a turn's own text is a quote. Pure.

A quote that matches word for word (see `tokens` for what makes no difference) is taken from the
turn as it stands there. One that is nearly the same, with a likeness of 0.9 or more, is replaced by
the real words, unless a "not" or a number differs: that is refused. A quote that leaves out the
"not" beside it is widened until the "not" is in it. Nothing is ever joined across turns.

The cost is bounded whatever a model says: what is too long is refused by its length alone, and the
search is linear in the text (a quote of 20 among 800 words: well below a millisecond). A whole
answer's quotes take some milliseconds: a caller on an event loop may want a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from media_server import spacing
from media_server.evaluation.polarity import is_negation, is_number, same_negations, same_numbers
from media_server.evaluation.tokens import Token, tokens
from media_server.evaluation.transcript import SaidTurn
from media_server.interview.evaluation import EvaluationQuote

LEAST_LIKENESS = 0.9
"""Of a near miss: 1 less the edits per character (Levenshtein) of the words as compared."""
MAX_QUOTE_CHARS = 1_500
MAX_QUOTES = 20
"""Of one answer; more are refused unseen."""
LEAST_WORDS = 3
"""A shorter quote is evidence only where it is all of a sentence: "Yes." and "Never."."""
_PIECE_CHARS, _PART_CHARS = 300, 500
"""A near miss is looked for by so many characters of its ends, in so many of the text at a time."""
_SLACK_WORDS = 3
"""How far the ends of a near miss are tried on both sides."""
_WIDEN_BEFORE, _WIDEN_AFTER = 8, 6
"""Words within which a "not" beside a quote belongs to it."""
_SENTENCE_END = ".!?\u2026\n\u3002\uff01\uff1f\u061f"

Why = Literal["empty", "too_long", "too_many", "too_short", "not_said", "negation", "number", "cut"]
"""Why a quote was refused. too_short: too few words to be evidence. negation, number: nearly what
was said, but a "not" or a number differs. cut: nothing but words that do not count, such as an
instruction to the judge."""
Cut = tuple[int, int]
"""Characters of a turn's text that a judge does not see: start, end."""


@dataclass(frozen=True)
class ShownTurn:
    """A turn as a judge sees it: its text without the cuts. Without slots: found once.

    Cuts are of whole words, in order and apart from each other. A quote that begins or ends at a
    hedge has it too, for a reader; what is scored has it not.
    """

    turn: SaidTurn
    hedges: tuple[Cut, ...] = ()
    instructions: tuple[Cut, ...] = ()

    @cached_property
    def cuts(self) -> tuple[Cut, ...]:
        """All of them; those that touch or overlap are one."""
        return merged([*self.hedges, *self.instructions])

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """Which of the turn's words are shown."""
        return tuple(
            index for index, token in enumerate(self.turn.tokens) if not _covers(self.cuts, token)
        )

    @cached_property
    def text(self) -> str:
        """What is shown of the turn."""
        return self.excerpt(0, len(self.turn.text))

    def excerpt(self, start: int, end: int) -> str:
        """What is shown of these characters of the turn."""
        pieces, at = [], start
        for cut_start, cut_end in self.cuts:
            if cut_end <= start or cut_start >= end:
                continue
            pieces.append(self.turn.text[at : max(at, cut_start)])
            at = max(at, cut_end)
        pieces.append(self.turn.text[at : max(at, end)])
        return tidy(" ".join(pieces))

    def is_hedge(self, index: int) -> bool:
        """Whether this word of the turn is part of a hedge, and of no instruction."""
        token = self.turn.tokens[index]
        return _covers(self.hedges, token) and not _covers(self.instructions, token)


def _covers(cuts: Iterable[Cut], token: Token) -> bool:
    return any(start < token.end and token.start < end for start, end in cuts)


def merged(cuts: Iterable[Cut]) -> tuple[Cut, ...]:
    """In order; those that touch or overlap are one."""
    joined: list[Cut] = []
    for start, end in sorted(cuts):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Found:
    """A verified quote."""

    quote: EvaluationQuote
    evidence: str
    """Its words without the cuts: what is scored."""
    first: int
    last: int
    """Its words in the turn, by their index, the last one included."""
    shown: ShownTurn
    is_shaky: bool
    """The recogniser was not sure of it: see `_is_shaky`."""
    lost_ms: int
    concealed_ms: int
    """In the segments of audio that it lies in."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What is left of the quotes of a model: the real ones, and why the others are not."""

    found: tuple[Found, ...]
    refused: tuple[Why, ...]


def verify(quotes: Sequence[object], turns: Sequence[ShownTurn]) -> Verified:
    """Each quote once, however often it was given; one within another is no quote of its own."""
    found: list[Found] = []
    refused: list[Why] = []
    for quote in quotes[:MAX_QUOTES]:
        one = look_up(quote, turns)
        if not isinstance(one, Found):
            refused.append(one)
        elif not any(_within(one, other) for other in found):
            found = [other for other in found if not _within(other, one)] + [one]
    refused += ["too_many"] * max(0, len(quotes) - MAX_QUOTES)
    return Verified(tuple(found), tuple(refused))


def find_quote(quote: str, turns: Sequence[SaidTurn]) -> EvaluationQuote | None:
    """The candidate's own words that this quotes; None: nobody has said so."""
    found = look_up(quote, [ShownTurn(turn) for turn in turns])
    return found.quote if isinstance(found, Found) else None


def look_up(quote: object, turns: Sequence[ShownTurn]) -> Found | Why:
    """Where it was said, or why it is no quote. `quote`: whatever a model has put in its place."""
    if not isinstance(quote, str):
        return "empty"
    if len(quote) > MAX_QUOTE_CHARS:
        return "too_long"
    keys = [token.key for token in tokens(quote)]
    if not keys:
        return "empty"
    for shown in turns:
        for indices in (shown.kept, range(len(shown.turn.tokens))):
            if (at := _exact(keys, shown, indices)) is not None:
                return _found(shown, indices[at], indices[at + len(keys) - 1], repaired=False)
    return _nearest(keys, turns)


def _exact(keys: list[str], shown: ShownTurn, indices: Sequence[int]) -> int | None:
    """Where among these words of the turn all of the quote's words follow each other."""
    said = shown.turn.tokens
    text = " " + " ".join(said[index].key for index in indices) + " "
    at = text.find(" " + " ".join(keys) + " ")
    return None if at < 0 else text.count(" ", 0, at)


@dataclass(frozen=True, slots=True)
class _Near:
    likeness: float
    shown: ShownTurn
    first: int
    last: int


def _nearest(keys: list[str], turns: Sequence[ShownTurn]) -> Found | Why:
    """The most similar words of any turn; a "not" or a number that differs is refused."""
    why: Why = "not_said"
    near = [one for shown in turns if (one := _near(keys, shown)) is not None]
    for one in sorted(near, key=lambda one: -one.likeness):
        said = [one.shown.turn.tokens[index].key for index in _kept_in(one)]
        for edit in Levenshtein.opcodes(keys, said):
            quoted = keys[edit.src_start : edit.src_end]
            real = said[edit.dest_start : edit.dest_end]
            if not same_numbers(quoted, real):
                why = "number"
                break
            if quoted != real and not same_negations(quoted, real):
                why = "negation"
                break
        else:
            return _found(one.shown, one.first, one.last, repaired=True)
    return why


def _kept_in(near: _Near) -> Iterator[int]:
    return (index for index in near.shown.kept if near.first <= index <= near.last)


def _near(keys: list[str], shown: ShownTurn) -> _Near | None:
    """The words of one turn that are most like the quote, where they are like enough."""
    said = [shown.turn.tokens[index].key for index in shown.kept]
    quote, text = " ".join(keys), " ".join(said)
    if not said or len(quote) * LEAST_LIKENESS > len(text):
        return None
    first, last = 0, len(said) - 1
    if len(quote) < len(text):
        place = _place(quote, text)
        if place is None:
            return None
        first = text.count(" ", 0, place[0])
        last = text.count(" ", 0, max(place[0], place[1] - 1))
    best: _Near | None = None
    for begin in range(max(0, first - _SLACK_WORDS), min(len(said), first + _SLACK_WORDS + 1)):
        for end in range(max(begin, last - _SLACK_WORDS), min(len(said), last + _SLACK_WORDS + 1)):
            window = " ".join(said[begin : end + 1])
            likeness = Levenshtein.normalized_similarity(quote, window, score_cutoff=LEAST_LIKENESS)
            if likeness >= LEAST_LIKENESS and (best is None or likeness > best.likeness):
                best = _Near(likeness, shown, shown.kept[begin], shown.kept[end])
    return best


def _place(quote: str, text: str) -> Cut | None:
    """The characters of the text that are most like the quote; of a long one, from where its
    beginning is to where its end is."""
    head = _likest(quote[:_PIECE_CHARS], text)
    if head is None or len(quote) <= _PIECE_CHARS:
        return head
    most = int(len(quote) / LEAST_LIKENESS) + _PIECE_CHARS
    tail = _likest(quote[-_PIECE_CHARS:], text[head[0] : head[0] + most])
    return None if tail is None else (head[0], head[0] + tail[1])


def _likest(piece: str, text: str) -> Cut | None:
    """A window of as many characters as the piece has: at 0.9 in edits per character, insertions
    and deletions leave at least 0.8 of them in their places.

    Part by part, because one call over all of it holds the interpreter, and with it every call that
    is going on here: 0.2 s for a quote of 1,300 characters in half an hour of speech."""
    best, least = None, 80.0
    for at in range(0, max(1, len(text) - len(piece)), _PART_CHARS):
        part = text[at : at + _PART_CHARS + len(piece)]
        found = fuzz.partial_ratio_alignment(piece, part, score_cutoff=least)
        if found is not None and (best is None or found.score > least):
            best, least = (at + found.dest_start, at + found.dest_end), found.score
    return best


def _found(shown: ShownTurn, first: int, last: int, *, repaired: bool) -> Found | Why:
    said, turn = shown.turn.tokens, shown.turn
    if last - first + 1 < LEAST_WORDS and not _is_a_sentence(turn, first, last):
        return "too_short"
    first, last = _with_its_negation(shown, first, last)
    if not any(first <= index <= last for index in shown.kept):
        return "cut"
    start, end = said[first].start, said[last].end
    times = turn.times[first : last + 1]
    start_s = min((time.start_s for time in times), default=None)
    end_s = max((time.end_s for time in times), default=None)
    scored = [time.confidence for time in times if time.confidence is not None]
    gaps = [
        gap
        for gap in turn.gaps
        if start_s is not None and end_s is not None
        if gap.start_s < end_s and start_s < gap.end_s
    ]
    quote = EvaluationQuote(
        prompt_id=turn.prompt_id,
        turn_epoch=turn.turn_epoch,
        text=turn.text[start:end],
        start_s=None if start_s is None else round(start_s, 3),
        end_s=None if end_s is None else round(end_s, 3),
        confidence=min(scored, default=None),
        repaired=repaired,
    )
    return Found(
        quote=quote,
        evidence=shown.excerpt(start, end),
        first=first,
        last=last,
        shown=shown,
        is_shaky=_is_shaky(turn, first, last),
        lost_ms=sum(gap.lost_ms for gap in gaps),
        concealed_ms=sum(gap.concealed_ms for gap in gaps),
    )


def _with_its_negation(shown: ShownTurn, first: int, last: int) -> tuple[int, int]:
    """Wide enough for a "not" beside it in the same sentence: "delete it" of "I did not delete it"
    is no quote of what was said."""
    said, text, kept = shown.turn.tokens, shown.turn.text, set(shown.kept)
    begin = first
    for index in range(first - 1, max(-1, first - 1 - _WIDEN_BEFORE), -1):
        if _ends_sentence(text[said[index].end : said[index + 1].start]):
            break
        if index in kept and is_negation(said[index].key):
            begin = index
    end = last
    for index in range(last + 1, min(len(said), last + 1 + _WIDEN_AFTER)):
        between = text[said[index - 1].end : said[index].start]
        if _ends_sentence(between) or "," in between or ";" in between:
            break
        if index in kept and is_negation(said[index].key):
            end = index
    return _with_its_hedges(shown, begin, end)


def _with_its_hedges(shown: ShownTurn, first: int, last: int) -> tuple[int, int]:
    said, text = shown.turn.tokens, shown.turn.text
    while (
        first > 0
        and shown.is_hedge(first - 1)
        and not _ends_sentence(text[said[first - 1].end : said[first].start])
    ):
        first -= 1
    while (
        last < len(said) - 1
        and shown.is_hedge(last + 1)
        and not _ends_sentence(text[said[last].end : said[last + 1].start])
    ):
        last += 1
    return first, last


def _ends_sentence(between: str) -> bool:
    return any(mark in between for mark in _SENTENCE_END)


def _is_a_sentence(turn: SaidTurn, first: int, last: int) -> bool:
    said, text = turn.tokens, turn.text
    before = first == 0 or _ends_sentence(text[said[first - 1].end : said[first].start])
    after = last == len(said) - 1 or _ends_sentence(text[said[last].end : said[last + 1].start])
    return before and after


LOW_CONFIDENCE = 0.6
"""Of a quote's words on average. Set by judgement: recognisers are seldom calibrated."""
LOW_WORD_CONFIDENCE = 0.5
"""Of a "not" or a number in it, because one such word decides what was said."""


def _is_shaky(turn: SaidTurn, first: int, last: int) -> bool:
    times = turn.times[first : last + 1]
    scored = [time.confidence for time in times if time.confidence is not None]
    if scored and sum(scored) / len(scored) < LOW_CONFIDENCE:
        return True
    words = zip(turn.tokens[first : last + 1], times, strict=False)
    return any(
        time.confidence is not None
        and time.confidence < LOW_WORD_CONFIDENCE
        and (is_negation(token.key) or is_number(token.key))
        for token, time in words
    )


def _within(one: Found, other: Found) -> bool:
    return (
        one.shown.turn is other.shown.turn and other.first <= one.first and one.last <= other.last
    )


def tidy(text: str) -> str:
    """What is left when words are taken out: no doubled spaces, no lonely commas."""
    text = spacing.tidy(text)
    text = re.sub(r"([,;:])(?:\s*[,;:](?=\s|$))+", r"\1", text)
    text = re.sub(r"[,;:]+([.!?\u2026](?=\s|$))", r"\1", text)
    text = re.sub(r"([.!?\u2026])\s*[,;:.]+(?=\s|$)", r"\1", text)
    return re.sub(r"^[,;:.!?\u2026]+(?=\s|$)", "", text).strip()
