"""A long answer from the FAQ is said in pieces: one is heard while the voice makes the next. Pure.

A voice needs about a tenth of the time that a text takes to say, so 2,000 characters as one clip
would come after the deadline of the voice, and would not be said at all.
"""

from __future__ import annotations

from media_server.interview.request_events import Requested
from media_server.interview.state import State
from media_server.interview.status import UtteranceKind
from media_server.sentences import last_sentence, split_sentences

WHOLE_CHARS = 160
"""Up to here it is one piece: a voice makes that in about half a second."""
FIRST_CHARS = 60
"""At least, of the first piece: while its 4 s are heard the second one is made."""
PIECE_CHARS = 300
"""At most, of a later one that has more than one sentence."""


def pieces(text: str) -> tuple[str, ...]:
    """In order, each once and of whole sentences; joined by spaces they hold every word."""
    if len(text) <= WHOLE_CHARS:
        return (text,)
    found: list[str] = []
    for sentence in split_sentences(text):
        if found and _has_room(found, sentence):
            found[-1] += f" {sentence}"
        else:
            found.append(sentence)
    # What is said twice would not tell which piece it is.
    return tuple(found) if len(set(found)) == len(found) else (text,)


def _has_room(found: list[str], sentence: str) -> bool:
    if len(found) == 1:
        return len(found[0]) < FIRST_CHARS
    return len(found[-1]) + 1 + len(sentence) <= PIECE_CHARS


def said_until(state: State, kind: UtteranceKind, text: str) -> tuple[str, ...]:
    """The pieces of the answer that is being said, up to the one with this text; empty: it is none
    of them."""
    found = _being_said(state) if kind == "faq_answer" else ()
    return found[: found.index(text) + 1] if text in found else ()


def next_piece(state: State, kind: UtteranceKind, text: str) -> str | None:
    """What follows this piece; None: nothing."""
    said = len(said_until(state, kind, text))
    all_of_it = _being_said(state)
    return all_of_it[said] if 0 < said < len(all_of_it) else None


def told(given: Requested) -> tuple[str, ...]:
    """The pieces of what is said to this request; empty: no answer from the FAQ."""
    if given.answer is None:
        return ()
    text = given.answer.text
    return pieces(last_sentence(text) if given.intent == "repeat_last" else text)


def _being_said(state: State) -> tuple[str, ...]:
    """The answer that was given last."""
    given = (told(noted.request) for noted in reversed(state.requests))
    return next((found for found in given if found), ())
