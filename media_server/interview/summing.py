"""What the candidate hears and reads of what was understood, and whom a correction is about. Pure.

One sentence or two for each question that was answered, in the candidate's own words, with what was
said to its follow-ups. What was skipped or has no words is left out: there is nothing to correct.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from media_server.interview import record
from media_server.interview.agenda import Prompt
from media_server.interview.key_sentences import content_words, key_sentences, parts_of
from media_server.interview.phrases import is_spoken, phrase, remark, summary_words
from media_server.interview.status import UtteranceKind
from media_server.interview.summary_events import (
    SUMMARY_ID,
    SentenceAhead,
    Source,
    Summary,
    SummaryCorrected,
    SummarySentence,
)
from media_server.interview.summary_ordinals import LAST, question_named

if TYPE_CHECKING:
    from media_server.interview.state import Answer, State

SPOKEN_WORDS = 120
"""About 50 s of speech, so a minute with the question whether it is right."""
LOOKED_AT_CHARS = 8_000
"""Of all answers that were not told ahead, in about 4 ms: of longer ones the begin and the end."""
MAX_CORRECTIONS = 60
"""Of one interview: who writes more is not correcting."""
MOST_WORDS = 24
"""Of a correction, so many tell what it is about."""
ALIKE = 0.75
"""Of two words that one of them may be the other, misheard."""


def offer(locale: str) -> Prompt:
    """The prompt, whose words offer the summary."""
    text = summary_words(locale).offer
    return Prompt(SUMMARY_ID, "summary", text, round=None, question_id=None)


def is_due(state: State) -> bool:
    """Whether it comes when nothing else is left to ask."""
    if state.spec.summary != "offer" or state.time_up:
        return False
    there = any(prompt.prompt_id == SUMMARY_ID for prompt in state.agenda)
    return not there and has_something(state)


def has_something(state: State) -> bool:
    """Whether there is a word to tell to whoever is connected."""
    return any(text for _, text in _heard(state))


def hidden_turns(state: State) -> int:
    """What was said in turns up to this one whoever is connected may not hear or read."""
    return state.connections[-1].hidden_turns if state.connections else 0


def is_hidden(state: State) -> bool:
    """It was given to another device, and is none of this one's business."""
    summary = state.summary
    told = summary is not None and summary.told_s is not None
    return summary is not None and told and summary.turn_epoch <= hidden_turns(state)


def sentences_of(state: State) -> tuple[SummarySentence, ...]:
    """In the order of the questions. The newest are spoken, as many as there is time for; none in a
    language in which the bot has no words of its own, and no voice that fits theirs."""
    locale = state.spec.candidate.locale
    found = []
    heard = [(question.prompt, text) for question, text in _heard(state) if text]
    is_ahead = [_is_of(state.told_ahead.get(prompt.prompt_id), text) for prompt, text in heard]
    share = LOOKED_AT_CHARS // max(1, is_ahead.count(False))
    for (prompt, text), ahead in zip(heard, is_ahead, strict=True):
        told = correction_of(state, prompt.prompt_id)
        source: Source = "candidate"
        if not told and ahead:
            told = state.told_ahead[prompt.prompt_id].text
            source = state.told_ahead[prompt.prompt_id].source
        elif not told:
            told = key_sentences(text, locale, prompt.text, limit=share)
            source = "key_sentences"
        if told:
            found.append(SummarySentence(prompt_id=prompt.prompt_id, text=told, source=source))
    words = 0 if is_spoken(locale) else SPOKEN_WORDS
    for at in reversed(range(len(found))):
        words += len(found[at].text.split()) + 2
        if words > SPOKEN_WORDS:
            found[at] = found[at].model_copy(update={"spoken": False})
    return tuple(found)


def to_prepare(state: State) -> Iterator[tuple[Prompt, str]]:
    """Each question whose answer is over, with the words that a summary would tell."""
    open_round = state.round_of(state.answering)
    for question, text in _heard(state):
        is_open = question.status == "open" or question.prompt.round == open_round
        if text and not is_open:
            yield question.prompt, text


def _is_of(ahead: SentenceAhead | None, text: str) -> bool:
    return ahead is not None and ahead.of == text


def _heard(state: State) -> Iterator[tuple[Answer, str]]:
    """Each question that was not skipped, with the words of its answer and of its follow-ups, as
    far as whoever is connected may see them. Requests, and what was set aside, are no part of
    it."""
    hidden = hidden_turns(state)
    asked_back: dict[int | None, list[Answer]] = {}
    for answer in state.answers.values():
        if answer.prompt.kind == "follow_up":
            asked_back.setdefault(answer.prompt.round, []).append(answer)
    for question in state.answers.values():
        if question.prompt.kind != "question" or question.status in ("not_asked", "skipped"):
            continue
        answers = (question, *asked_back.get(question.prompt.round, ()))
        turns = (t for answer in answers for t in answer.turns if t.counts)
        texts = (record.text(turn) for turn in turns if turn.turn_epoch > hidden)
        yield question, " ".join(text for text in texts if text)


def correction_of(state: State, prompt_id: str) -> str:
    """What the candidate has written in place of the sentence; "": nothing."""
    made = state.summary.corrections if state.summary is not None else ()
    written = (
        one.text for one in reversed(made) if one.prompt_id == prompt_id and one.by == "text"
    )
    return next(written, "")


# --- what is said of it ---------------------------------------------------------------------------


def pieces(state: State) -> tuple[str, ...]:
    """One utterance for each sentence: who was cut off hears that one again, and no other."""
    return pieces_of(state, state.summary.sentences) if state.summary is not None else ()


def pieces_of(state: State, sentences: Sequence[SummarySentence]) -> tuple[str, ...]:
    """The same of these sentences."""
    words = summary_words(state.spec.candidate.locale)
    found = _numbered(state, sentences)
    all_of_them = len(found) == len(sentences)
    if found:
        found[0] = f"{words.begins if all_of_them else words.begins_late} {found[0]}"
    return tuple(found)


def _numbered(state: State, sentences: Sequence[SummarySentence]) -> list[str]:
    """Those that are spoken, each with the number of its question."""
    words = summary_words(state.spec.candidate.locale)
    found = []
    for sentence in sentences:
        number = state.round_of(sentence.prompt_id)
        name = words.question.format(n=0 if number is None else number + 1)
        if sentence.spoken:
            found.append(f"{name} {_ended(sentence.text)}")
    return found


def _ended(text: str) -> str:
    return text if text[-1:] in ".!?\u2026\u061f\u3002" else f"{text}."


def so_far(state: State) -> str:
    """What was understood, said while the interview goes on; "": nothing yet. Of the question that
    is open, where something was said to it; else of those before it."""
    locale = state.spec.candidate.locale
    round_ = state.round_of(state.answering)
    heard = {question.prompt.round: (question.prompt, text) for question, text in _heard(state)}
    prompt, text = heard.get(round_, (None, "")) if round_ is not None else (None, "")
    begin = remark("so_far", locale)
    if prompt is not None and (told := key_sentences(text, locale, prompt.text)):
        return f"{begin} {_ended(told)}"
    said = _numbered(state, sentences_of(state))
    return f"{begin} {' '.join(said)}" if said else ""


def next_words(state: State) -> tuple[UtteranceKind, str] | None:
    """What is to be said now; None: the candidate is listened to."""
    summary, locale = state.summary, state.spec.candidate.locale
    if summary is None or summary.told_s is None or summary.outcome:
        return None
    if summary.remark:
        return summary.remark, phrase(summary.remark, locale)
    told = pieces(state)
    if summary.next_piece < len(told):
        return "summary", told[summary.next_piece]
    return None if summary.checked else ("summary_check", phrase("summary_check", locale))


def heard_out(state: State, kind: UtteranceKind, text: str) -> Summary | None:
    """After one of its utterances was heard, or answered over."""
    summary = state.summary
    if summary is None:
        return None
    if kind == "summary":
        told = pieces(state)
        at = told.index(text) + 1 if text in told else summary.next_piece
        return replace(summary, next_piece=max(summary.next_piece, at))
    remark = "" if kind == summary.remark else summary.remark
    checked = summary.checked or kind == "summary_check"
    question = summary.question if kind == "summary_noted" else kind
    return replace(summary, remark=remark, checked=checked, question=question)


# --- corrections ----------------------------------------------------------------------------------


def meant(state: State, text: str) -> str:
    """The id of the answer that a correction is about: the question that it names, else the answer
    whose words it shares most. `SUMMARY_ID`: that cannot be told."""
    summary = state.summary
    told = summary.sentences if summary is not None else ()
    locale = state.spec.candidate.locale
    number = question_named(text, locale)
    if number == LAST and told:
        return told[-1].prompt_id
    if number is not None:
        ids = [one.prompt_id for one in told if state.round_of(one.prompt_id) == number - 1]
        if ids:
            return ids[0]
    said = list(dict.fromkeys(content_words(text, locale)))[:MOST_WORDS]
    shares = _shares(state, said, locale)
    best = max(shares.values(), default=0.0)
    names = [name for name, share in shares.items() if share == best]
    return names[0] if best > 0 and len(names) == 1 else SUMMARY_ID


def _shares(state: State, said: Sequence[str], locale: str) -> dict[str, float]:
    """How many of these words each answer has; those of the sentence itself count double, and also
    where they only sound alike."""
    sentences = state.summary.sentences if state.summary is not None else ()
    told = {one.prompt_id: set(content_words(one.text, locale)) for one in sentences}
    alike = _alike(said, set().union(*told.values()))
    heard = {question.prompt.prompt_id: text for question, text in _heard(state)}
    share = LOOKED_AT_CHARS // max(1, len(told))
    shares = {}
    for name, words in told.items():
        every = set(content_words(" ".join(parts_of(heard.get(name, ""), share)), locale))
        shares[name] = sum(
            2.0 if alike[word] & words else 1.0 if word in every else 0.0 for word in said
        )
    return shares


def _alike(said: Sequence[str], told: Set[str]) -> dict[str, set[str]]:
    """Of each of these words: those told that it may be, misheard. They begin alike, for to compare
    each with all would take too long."""
    by_letter: dict[str, list[str]] = {}
    for word in told:
        by_letter.setdefault(word[0], []).append(word)
    found = {}
    for word in said:
        near = {word} & told
        matcher = SequenceMatcher(None, b=word, autojunk=False)
        for other in by_letter.get(word[0], ()) if len(word) > 3 else ():
            if other != word and len(other) > 3 and abs(len(other) - len(word)) < 3:
                matcher.set_seq1(other)
                if matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
                    near.add(other)
        found[word] = near
    return found


def corrected(
    state: State, prompt_id: str, text: str, *, turn_epoch: int | None = None
) -> SummaryCorrected:
    """The event of it. `turn_epoch`: of what was said; None: it was written in the sentence's place
    on the screen."""
    summary = state.summary
    told = summary.sentences if summary is not None else ()
    original = next((one.text for one in told if one.prompt_id == prompt_id), "")
    return SummaryCorrected(
        prompt_id=prompt_id,
        text=text,
        original=original,
        by="text" if turn_epoch is None else "voice",
        turn_epoch=turn_epoch,
        told_turn=summary.turn_epoch if summary is not None else 0,
    )
