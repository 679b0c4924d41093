"""What the bot says and shows besides questions and greeting, by language.

Core wording is the same for every candidate, so it is data here and audio from the cache. A
language is one module more, with a `Table`. Another locale is served in English, and what is said
in English is then marked and spoken as English: see `language_of`.
"""

from __future__ import annotations

from media_server.interview.phrases import ar, de, en, es, fr
from media_server.interview.phrases.table import SummaryWords, Table
from media_server.interview.spoken_requests import Intent
from media_server.interview.status import UtteranceKind

TABLES: dict[str, Table] = {
    "en": en.TABLE,
    "de": de.TABLE,
    "es": es.TABLE,
    "fr": fr.TABLE,
    "ar": ar.TABLE,
}
_ABOUT_A_MINUTE_S = range(50, 76)


def language_of(locale: str) -> str:
    """The language of the bot's own words: the locale's where there is a table, else English."""
    primary = locale.strip().lower().replace("_", "-").partition("-")[0]
    return primary if primary in TABLES else "en"


def is_spoken(locale: str) -> bool:
    """Whether there is a table for it."""
    return locale.strip().lower().replace("_", "-").partition("-")[0] in TABLES


def phrase(kind: UtteranceKind, locale: str) -> str:
    """The words of a fixed utterance."""
    return _table(locale).said[kind]


def time_up_words(locale: str) -> str:
    """What is said in place of `wrap_up` where the time ran out."""
    return _table(locale).time_up


def confirmation(intent: Intent, locale: str) -> str:
    """The question whether a turn was this request."""
    return _table(locale).confirm[intent]


def remark(code: str, locale: str) -> str:
    """A sentence that comes before other words."""
    return _table(locale).remarks[code]


def hint(code: str, locale: str, *, seconds: int = 0) -> str:
    """What is shown; `seconds`: how long is left, or how much is lost, where the words say that."""
    table = _table(locale)
    counted = table.seconds.of(seconds)
    left = table.minutes.of(1) if seconds in _ABOUT_A_MINUTE_S else counted
    return table.hints[code].format(left=left, lost=counted)


def fallback_greeting(questions: int, minutes: int, locale: str) -> str:
    """Says that the interviewer is an AI, how long it takes, how to have a question repeated."""
    table = _table(locale)
    return table.greeting.format(
        questions=table.questions.of(questions), minutes=table.minutes.of(minutes)
    )


def practice_question(locale: str) -> str:
    """Asked before the first question where the integrator wants it; it says that it is not
    judged."""
    return _table(locale).practice


def their_questions(locale: str) -> str:
    """Asks the candidate for questions of their own, and says how to have none."""
    return _table(locale).their_questions


def summary_words(locale: str) -> SummaryWords:
    """What is said around a summary."""
    return _table(locale).summary


def consent_text(locale: str, *, watching: bool = False) -> str:
    """What is agreed to where an integrator wrote no text. `watching`: people may follow it."""
    table = _table(locale)
    return f"{table.consent} {table.watched}" if watching else table.consent


def fixed_phrases(locale: str) -> tuple[str, ...]:
    """All that every interview in this language may say, in the order in which they are likely to
    be needed."""
    table = _table(locale)
    return (*table.said.values(), table.time_up, *dict.fromkeys(table.confirm.values()))


def is_fixed(text: str) -> bool:
    """Whether every interview says this: it tells nothing of the one that does."""
    return text in _FIXED


def _table(locale: str) -> Table:
    return TABLES[language_of(locale)]


_FIXED = frozenset(text for language in TABLES for text in fixed_phrases(language))
