"""What a judge is shown of an answer, and the verified quotes as they are scored. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from media_server.evaluation.hedging import covers, hedges
from media_server.evaluation.transcript import SaidTurn, said_to
from media_server.evaluation.verify import Found, ShownTurn, Why, look_up, verify
from media_server.injection.guard import instructions
from media_server.interview.state import State

MAX_SHOWN_CHARS = 24_000
"""Of all answers to a question and what was asked back: over half an hour of speech."""


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One prompt and the turns that count, as a judge sees them."""

    prompt_text: str
    is_follow_up: bool
    turns: tuple[ShownTurn, ...]
    heard: tuple[SaidTurn, ...]
    """The turns as they were heard, where `turns` is the candidate's correction of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that was said to one core question."""

    answers: tuple[ShownAnswer, ...]
    has_instructions: bool
    """Something in it speaks to the judge."""
    is_cut: bool
    """It is too long to be shown as a whole."""
    covers_language: bool
    """The hedges of the candidate's language are known."""
    summary_corrected: bool = False
    """The candidate corrected some of it when it was summed up."""

    @property
    def was_said(self) -> bool:
        """Something was said, be it shown to a judge or not."""
        return bool(self.turns)

    @property
    def turns(self) -> tuple[ShownTurn, ...]:
        """All that count, in their order."""
        return tuple(turn for answer in self.answers for turn in answer.turns)

    @property
    def has_words(self) -> bool:
        """Anything is left to be judged."""
        return any(turn.kept for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The verified quotes, and what is scored of them."""

    found: tuple[Found, ...]
    refused: tuple[Why, ...]
    plain: tuple[str, ...]
    """Without hedges and instructions."""
    as_said: tuple[str, ...]
    """With the hedges; instructions never."""

    @property
    def is_hedged(self) -> bool:
        """Taking out the hedges has changed something."""
        return self.plain != self.as_said


def said_of(state: State, question_id: str) -> Said:
    """What the candidate has said to a core question and its follow-ups."""
    locale = state.spec.candidate.locale
    said = said_to(state, question_id)
    suspected = any(instructions(turn.text) for one in said for turn in one.counted)
    left, answers, is_cut = MAX_SHOWN_CHARS, [], False
    for answer in said:
        turns = []
        for turn in answer.counted:
            commands = instructions(turn.text, suspected=True) if suspected else ()
            if len(turn.text) > left:
                is_cut, commands = True, (*commands, (_word_end(turn, left), len(turn.text)))
            left -= min(left, len(turn.text))
            turns.append(ShownTurn(turn, hedges(turn.text, locale), commands))
        heard = answer.heard if answer.counted != answer.heard else ()
        is_follow_up = answer.prompt.kind == "follow_up"
        answers.append(ShownAnswer(answer.prompt.text, is_follow_up, tuple(turns), heard))
    summary_corrected = any(answer.summary_corrected for answer in said)
    return Said(tuple(answers), suspected, is_cut, covers(locale), summary_corrected)


def evidence_of(quotes: Sequence[object], said: Said) -> Evidence:
    """What is left of a model's quotes, each taken from where it was heard if it was."""
    verified = verify(quotes, said.turns)
    found = tuple(_as_heard(one, said) for one in verified.found)
    return Evidence(
        found=found,
        refused=verified.refused,
        plain=tuple(one.evidence for one in verified.found),
        as_said=tuple(_with_hedges(one) for one in verified.found),
    )


def _word_end(turn: SaidTurn, most: int) -> int:
    return max((token.end for token in turn.tokens if token.end <= most), default=0)


def _as_heard(one: Found, said: Said) -> Found:
    scored = one.evidence
    if one.quote.turn_epoch is None:
        heard = [ShownTurn(turn) for answer in said.answers for turn in answer.heard]
        again = look_up(one.quote.text, heard)
        if isinstance(again, Found) and not again.quote.repaired:
            one = again
    if scored == ShownTurn(one.shown.turn).excerpt(*_span(one)):
        return one
    return replace(one, quote=one.quote.model_copy(update={"scored_text": scored}))


def _with_hedges(one: Found) -> str:
    turn = one.shown.turn
    return ShownTurn(turn, (), one.shown.instructions).excerpt(*_span(one))


def _span(one: Found) -> tuple[int, int]:
    said = one.shown.turn.tokens
    return said[one.first].start, said[one.last].end
