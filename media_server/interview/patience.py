"""How long may this pause be, and why? Pure: the words so far in, milliseconds and a reason out.

A pause is judged when it runs, from the newest words, and judged again when newer ones come. The
next pause is judged by itself. Nothing here makes a pause shorter than the pace that was chosen.
What is known of a pause only ever lengthens it, up to 5 s at the normal pace. The accommodation
(`time_multiplier`) comes on top, in the audio receiver.

| reason | what it means | times the pace's silence |
|---|---|---|
| `complete` | nothing asks for more | 1 |
| `words_owed` | the recogniser still owes the words of this pause | 1.25 |
| `trailing_word` | the last word cannot end a sentence: "and", "because", "the" | 2.5 |
| `filler` | the last word is "um", "you know" | 2.5 |
| `open_clause` | "When I started there": the main clause is missing | 2 |
| `trailing_mark` | the recogniser heard it go on: "...", a comma, a dash | 2 |
| `announced` | "for example", "there are three reasons" | 2 |
| `rising_list` | "First ...", "Second ...", or "A, B, C" with no "and" | 2 |
| `end_model` | a model of ends of turn hears that it goes on (see `goes_on`) | 2 |
| `own_pauses` | this talker has gone on after pauses as long as that | up to 1.5 |

Each language has its own words, told apart by the interview's locale; another locale gets those of
English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Reason = Literal[
    "complete",
    "words_owed",
    "trailing_word",
    "filler",
    "open_clause",
    "trailing_mark",
    "announced",
    "rising_list",
    "end_model",
    "own_pauses",
]
FACTORS: Mapping[Reason, float] = MappingProxyType(
    {
        "complete": 1.0,
        "words_owed": 1.25,
        "trailing_word": 2.5,
        "filler": 2.5,
        "open_clause": 2.0,
        "trailing_mark": 2.0,
        "announced": 2.0,
        "rising_list": 2.0,
        "end_model": 2.0,
        "own_pauses": 1.5,
    }
)
"""Times the silence of the pace; for `own_pauses` the most that they may make of it."""
LONGEST_MS = 8000
"""However slow the pace is, unless the pace itself asks for more."""
REMEMBERED_PAUSES = 8
_OWN_PAUSE_MARGIN = 1.25
"""The next pause of this talker may be a little longer than those before."""
_THINKING_MS = 6000
"""A longer one was no pause between words: it was asked for, or it came after an outage."""
_GOES_ON = 0.6
_LOOKED_AT = 300
"""Characters from the end: the last two or three sentences."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`wait_ms` of silence end the turn, before the accommodation."""

    wait_ms: int
    reason: Reason


def patience(
    words: str,
    *,
    locale: str,
    silence_ms: int,
    owed: bool = False,
    pauses_ms: Sequence[int] = (),
    goes_on: float | None = None,
) -> Patience:
    """Judge the pause after `words`, all that is known of the open turn.

    `silence_ms`: of the chosen pace (`pacing.silence_ms`). `owed`: the newest words are still
    being recognised, so the last known ones say nothing of this pause. `pauses_ms`: the talker's
    newest pauses that were followed by more speech. `goes_on`: what a model makes of the sound,
    0 for an end, 1 for more to come; it can only lengthen.
    """
    reasons: list[tuple[int, Reason]] = [(silence_ms, "complete")]
    found: Reason | None = "words_owed" if owed else why_unfinished(words, locale)
    if found in (None, "words_owed") and goes_on is not None and goes_on >= _GOES_ON:
        found = "end_model"  # words that are owed say nothing against it
    if found is not None:
        reasons.append((round(silence_ms * FACTORS[found]), found))
    reasons.append((_own_pauses_ms(pauses_ms, silence_ms), "own_pauses"))
    wait_ms, reason = max(reasons, key=lambda entry: entry[0])  # of equal ones the first
    return Patience(min(wait_ms, max(LONGEST_MS, silence_ms)), reason)


def remembered(pauses_ms: tuple[int, ...], pause_ms: int) -> tuple[int, ...]:
    """The talker's history with one more pause that was followed by speech."""
    if not 0 < pause_ms <= _THINKING_MS:
        return pauses_ms
    return (*pauses_ms, pause_ms)[-REMEMBERED_PAUSES:]


def _own_pauses_ms(pauses_ms: Sequence[int], silence_ms: int) -> int:
    """By the second longest of the last eight: one alone may have been anything."""
    if len(pauses_ms) < 2:
        return 0
    usual_ms = sorted(pauses_ms)[-2] * _OWN_PAUSE_MARGIN
    return round(min(usual_ms, silence_ms * FACTORS["own_pauses"]))


def why_unfinished(words: str, locale: str) -> Reason | None:
    """The rule by which more is coming after these words; None: they may well be all."""
    text = words.strip()[-_LOOKED_AT:].lower().replace("\u2019", "'")
    rules = _RULES.get(locale.split("-", maxsplit=1)[0], _EN)
    sentences = [s for s in (part.strip() for part in _SENTENCE_END.split(text)) if s]
    if not sentences:
        return None
    last = sentences[-1]
    if rules.filler.search(text):
        return "filler"
    if rules.never_last.search(text) or rules.rarely_last.search(text):
        return "trailing_word"
    if rules.announcing.search(text):
        return "announced"
    if _TRAILING_MARK.search(text):
        return "trailing_mark"
    if rules.has_open_clause(last) and not text.endswith("?"):
        return "open_clause"
    if rules.has_rising_list(sentences):
        return "rising_list"
    return None


_SENTENCE_END = re.compile(r"(?<!\.)\.(?!\.)(?:\s+|$)|[!?;]+(?:\s+|$)")
_MARKS = r",\u2026\u2013\u2014-"  # comma, ellipsis, dashes
_TRAILING_MARK = re.compile(rf"(?:\.\.|[{_MARKS}])$")
_AFTER_WORD = rf"[\s.{_MARKS}]*$"
_NO_FULL_STOP = rf"[\s{_MARKS}]*(?:\.\.+)?$"


class _Rules:
    """One language: its words as patterns."""

    def __init__(
        self,
        *,
        never_last: str,
        rarely_last: str,
        fillers: str,
        announcing: str,
        subordinators: str,
        first: str,
        following: str,
        closing: str,
        joining: str,
        comma_before_main_clause: bool = False,
    ) -> None:
        """Words are separated by "|". `never_last` hold whatever the recogniser writes behind
        them; `rarely_last` only where it heard no end of a sentence ("the one I work with.").
        `subordinators` begin a clause that cannot stand alone. `first`, `following`, `closing`
        begin an item of a list; `joining` stands before its last one.
        """
        self.never_last = re.compile(rf"(?:^|[^\w'])(?:{never_last}){_AFTER_WORD}")
        self.rarely_last = re.compile(rf"(?:^|[^\w'])(?:{rarely_last}){_NO_FULL_STOP}")
        self.filler = re.compile(rf"(?:^|[^\w'])(?:{fillers}){_AFTER_WORD}")
        self.announcing = re.compile(rf"(?:^|[^\w'])(?:{announcing})[\s.:{_MARKS}]*$")
        self._subordinate = re.compile(rf"(?:(?:{joining}|so)\s+)?(?:{subordinators})\b")
        self._item = re.compile(rf"(?:(?:{joining}|so)\s+)?(?:{first}|{following})\b")
        self._closing = re.compile(rf"(?:(?:{joining}|so)\s+)?(?:{closing})\b")
        self._joining = re.compile(rf"(?:^|\s)(?:{joining})\s")
        self._longest_open_clause = 14 if comma_before_main_clause else 8

    def has_open_clause(self, sentence: str) -> bool:
        """Only where no comma tells that the main clause has begun, and where it is short."""
        count = len(sentence.split())
        return (
            3 <= count <= self._longest_open_clause
            and "," not in sentence
            and self._subordinate.match(sentence) is not None
        )

    def has_rising_list(self, sentences: Sequence[str]) -> bool:
        """The newest of the last two sentences that belongs to a list does not close it."""
        for sentence in reversed(sentences[-2:]):
            if self._closing.match(sentence):
                return False
            if self._item.match(sentence):
                return True
        parts = [part.split() for part in sentences[-1].split(",")]
        return (
            len(parts) >= 3
            and all(1 <= len(part) <= 3 for part in parts[-2:])
            and self._joining.search(" " + " ".join(parts[-1]) + " ") is None
        )


_EN = _Rules(
    never_last="and|but|because|or|the|a|an|my|our|their|your|if|when we|when i|whereas|although|"
    "than|as well as|such as|in order to|due to|instead of|let's say",
    rarely_last="so|with|to|of|for|in|on|at|by|from|into|about|like|that|which|who|when|while|"
    "however|also|then|is|was|were|are|am|be|been|has|had|have|will|would|could|should|can|i|we|"
    "they|he|she|i'm|we're|it's|there's|this|these|those|his|very|really|just|not",
    fillers="u+m+|u+h+|e+r+m*|h+m+|m{2,}|you know|i mean|kind of|sort of|let me see|how do i say",
    announcing=r"for example|for instance|the following|that is to say|let me explain|"
    r"let me give you an example|(?:two|three|four|five|several|some|many|a few|a couple of)"
    r"(?: \w+)? (?:reasons|things|points|parts|steps|ways|examples|aspects|kinds|projects)",
    subordinators="when|if|although|though|while|whenever|once|unless|since|after|before|"
    "as soon as|even though|because of the fact that",
    first=r"first|firstly|first of all|number one|to begin with|to start with|on the one hand|"
    r"one (?:reason|thing|point|example)",
    following=r"second|secondly|third|thirdly|fourth|number (?:two|three)|another|next,? (?:i|we)|"
    r"the (?:second|third|other|next) (?:thing|reason|point)|the first",
    closing=r"finally|lastly|last|in the end|on the other hand|that's it|that is it|"
    r"(?:and )?the last",
    joining="and|or|but",
)
_DE = _Rules(
    never_last="und|aber|weil|oder|denn|sondern|dass|ob|der|den|dem|des|eine|einen|einem|"
    "einer|eines|mein|meine|meinen|meiner|unser|unsere|unserer|im|am|zum|zur|vom|beim|ins|sowie|"
    "als auch|wobei|obwohl|bzw|beziehungsweise",
    rarely_last="die|das|ein|in|mit|für|von|bei|nach|aus|auf|zu|an|über|um|wenn|als|wie|ist|war|waren|"
    "sind|habe|haben|hat|hatte|wird|wurde|kann|konnte|ich|wir|sie|er|es|man|auch|dann|nicht|sehr|"
    "sich|diese|dieser|dieses",
    fillers="ä+h+m*|ö+h+m*|e+h+m+|h+m+|m{2,}|also|sozusagen|na ja|naja|quasi|wie sagt man",
    announcing=r"zum beispiel|beispielsweise|wie etwa|und zwar|das heißt|folgendes|folgende|"
    r"(?:zwei|drei|vier|fünf|mehrere|einige|ein paar)(?: \w+)? "
    r"(?:gründe|dinge|punkte|teile|schritte|wege|beispiele|aspekte|sachen|projekte)",
    subordinators="wenn|als|obwohl|nachdem|bevor|während|sobald|falls|solange|seitdem|weil|da ich",
    first="erstens|zuerst|zunächst|als erstes|einerseits|zum einen|ein grund|ein punkt",
    following="zweitens|drittens|viertens|als nächstes|ein weiterer|eine weitere|ein anderer|"
    "der zweite|der dritte|außerdem",
    closing="schließlich|zuletzt|zum schluss|letztens|andererseits|zum anderen|das war's|am ende",
    joining="und|oder|aber|sowie",
    comma_before_main_clause=True,
)
_ES = _Rules(
    never_last="y|e|o|u|pero|porque|que|aunque|el|los|las|un|una|unos|unas|mi|mis|su|sus|nuestro|"
    "nuestra|nuestros|de|del|en|con|por|para|a|al|sin|sobre|desde|hasta|como|sino|debido a|"
    "así como",
    rarely_last="la|lo|si|cuando|donde|es|era|son|fue|eran|está|estaba|ha|había|he|yo|nosotros|"
    "también|entonces|muy|no|se|me|nos|este|esta|estos|cada",
    fillers="e+h+|e+m+|m{2,}|h+m+|o sea|bueno|pues|a ver|cómo se dice|digamos",
    announcing=r"por ejemplo|es decir|lo siguiente|tal como|"
    r"(?:dos|tres|cuatro|cinco|varias|varios|algunas|algunos|muchas)(?: \w+)? "
    r"(?:razones|cosas|puntos|partes|pasos|maneras|ejemplos|aspectos|motivos|proyectos)",
    subordinators="cuando|si|aunque|mientras|antes de|después de|en cuanto|como yo",
    first="primero|primeramente|en primer lugar|por un lado|para empezar|una razón|una cosa",
    following="segundo|en segundo lugar|tercero|en tercer lugar|además|otra (?:razón|cosa)|"
    "otro motivo|después|luego",
    closing="finalmente|por último|al final|por otro lado|eso es todo|y ya",
    joining="y|e|o|u|pero",
)
_FR = _Rules(
    never_last="et|mais|ou|parce que|puisque|que|car|le|les|un|une|des|du|de|au|aux|à|mon|ma|mes|"
    "notre|nos|leur|leurs|sa|ses|dans|par|pour|sur|sans|chez|ainsi que|grâce à|afin de|"
    "c'est-à-dire|l'|d'|qu'|j'|n'",
    rarely_last="la|son|avec|en|qui|si|comme|quand|donc|est|était|sont|étaient|a|ai|avait|avais|je|tu|"
    "on|nous|il|elle|ils|elles|c'est|aussi|puis|alors|très|ne|se|cette|ce|ces|où",
    fillers="e+u+h+|h+e+u+|b+e+n+|h+m+|m{2,}|enfin|du coup|comment dire|disons|tu vois|vous voyez",
    announcing=r"par exemple|à savoir|tel que|tels que|telle que|telles que|"
    r"(?:deux|trois|quatre|cinq|plusieurs|quelques)(?: \w+)? "
    r"(?:raisons|choses|points|parties|étapes|façons|exemples|aspects|projets)",
    subordinators="quand|si|lorsque|lorsqu'|bien que|pendant que|avant de|après avoir|dès que",
    first="premièrement|d'abord|tout d'abord|en premier|d'un côté|d'une part|une raison",
    following="deuxièmement|ensuite|troisièmement|un autre|une autre|de plus|en second",
    closing="finalement|pour finir|enfin|d'un autre côté|d'autre part|c'est tout|en dernier",
    joining="et|ou|mais",
)
_RULES: Mapping[str, _Rules] = MappingProxyType({"en": _EN, "de": _DE, "es": _ES, "fr": _FR})
