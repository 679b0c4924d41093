"""What somebody meant who spoke over the bot: judged by the words, once there is a pause. Pure.

The bot falls silent first, whatever it was; then this says how it goes on:

    nothing      no word: a cough, a door. The question goes on
    echo         the bot's own words came back through the loudspeaker. The question goes on
    backchannel  "mm-hm", "okay" and nothing after it. The question goes on
    request      "sorry, can you repeat that": handled as any request
    unfinished   the earlier answer goes on: it had been cut off. The question is asked afterwards
    answer       all else

**Echo.** The words are those that were being said, in their order, and their sound ended soon after
the bot had stopped: an echo has nothing more to say. Words the bot had not come to are none, nor is
anything longer than what it can have said in that time. Who repeats a part of the question and goes
on has other words as well, or speaks for longer. One side of a choice ("coffee" to "Tea or
coffee?") is an answer though the question has the word. Where the rule errs, a sentence of the
question is said once more, and the words stay in the result, marked. Over what is said in the
candidate's own turn, and in reply to a question back, all of the words must be the bot's; then the
candidate is listened to again: see `repeats`.

**Back-channel.** See `backchannels`. Words that could be an answer ("yes") are none when the
question is almost over.

**Unfinished.** Speech that begins within 1.5 s of the next question's first packet, or over the
bridge to it. Nobody answers what they have not heard: in the first 0.7 s there is no time for a
word of it to be heard and acted on, so it is the earlier answer that goes on. Later it is an answer
to the new question only where it has a word of that question which neither the earlier question nor
the earlier answer had, and does not begin with a connective ("and", "because"). A question that was
over when the speech began was heard out, so what follows answers it. And a question that had been
begun before is known: over it an earlier answer goes on with a connective only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from media_server.interview.backchannels import is_backchannel, language, words

Verdict = Literal["nothing", "echo", "backchannel", "request", "unfinished", "answer"]
GOES_ON: frozenset[Verdict] = frozenset({"nothing", "echo", "backchannel"})
"""Nobody wanted to say anything: the bot goes on."""

QUIET_S = 1.0
"""With nothing after it for so long, what was said is judged."""
REPAIR_S = 1.5
"""From the next question's first packet on: speech that begins until then may be the earlier
answer."""
UNDERSTOOD_S = 0.7
"""Until then nobody has heard enough of a question to answer it."""
HEARD_OUT_S = 0.3
"""A question with less than this left was heard out."""
ALMOST_OVER_S = 1.0
"""With less than this left of a question, "yes" may be its answer."""
ECHO_TAIL_S = 1.5
"""How long an echo may be heard after the bot was stopped: the line there and back, the jitter
buffer of the browser, the room."""
ECHO_BACK_S = 3.0
"""An echo that was noticed now may have begun so long ago."""
MAX_ECHO_WORDS = 12
_SHARE = 0.75
"""Of the words that must be the bot's: a recogniser mishears an echo."""
_FEW = 2
"""So few words must be the bot's all of them."""

_SENTENCE = re.compile(r"[^.!?\u2026]+[.!?\u2026]*\s*")
_CHOICE = {"en": {"or"}, "de": {"oder"}, "es": {"o", "u"}, "fr": {"ou"}}
_GOING_ON = {
    "en": {"and", "because", "cause", "but", "or", "plus", "which", "also"},
    "de": {"und", "weil", "aber", "oder", "sondern", "denn", "ausserdem", "auch"},
    "es": {"y", "e", "porque", "pero", "o", "tambien", "ademas", "sino"},
    "fr": {"et", "parce", "mais", "ou", "car", "aussi"},
}
_COMMON_WORDS = """
    about after again also always another because been before being could describe does doing done
    each ever every example explain from give given going have having here into just know like made
    make many more most much need only other over please really same should some still such take
    tell than that their them then there these they thing things think this those time times very
    want were what when where which while will with work worked would your yours question answer
    aber alle allem allen alles also andere auch beispiel beschreiben bitte dann dass denn diese
    diesem diesen dieser dieses doch eine einem einen einer eines erzahlen frage haben hatte hier
    ihnen ihre ihrem ihren ihrer immer jetzt kann konnen mehr mich mein meine mochte nach nicht noch
    oder ohne schon sehr sein seine sich sind uber unter viel waren warum wenn werden wieder wurde
    wurden ambos antes como cual cuales cuando cuenta cuenteme desde donde ejemplo ellos entre era
    eran esta este esto estos explique hace hacer hasta mucho para pero porque puede pregunta que
    quien sido sobre solo tambien tiempo tiene todo todos usted ustedes ainsi alors apres aussi
    autre autres avait avec avez avoir beaucoup bien cela cette ceux chez comme comment contre dans
    decrivez depuis donc elle elles encore etait etre exemple expliquez fait faire leur leurs mais
    meme moins notre nous parce parlez peut plus pour pourquoi quand quel quelle quelles quels
    sans sont sous tout toute toutes tous tres votre vous
"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""Words that say nothing about what a question is about; shorter ones than four letters, too."""


@dataclass(frozen=True, slots=True)
class Over:
    """What the bot was saying, and how far it had come."""

    text: str
    duration_s: float
    heard_s: float
    """When it was stopped."""
    began_s: float
    """When the speech over it began; below 0: before it."""
    invites: bool = False
    """It tells what may be said, such as "say skip again"."""
    earlier: str | None = None
    """The question and the answer before it, where that may be gone on with; else None."""
    again: bool = False
    """It is a question that had been begun before."""
    bridge: bool = False
    """It leads to a question that has not begun."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said over it, until now."""

    text: str
    locale: str
    after_s: float = 0.0
    """How long it went on after the bot had been stopped."""
    unwritten: bool = False
    """Of some of it there are no words, though there was speech."""
    meant: bool = False
    """The candidate has confirmed it, with Done."""
    is_request: bool = False


def judge(heard: Heard, over: Over) -> Verdict:
    """What it was. A pause has come, and the words that are owed are there."""
    if not words(heard.text) and not heard.unwritten and not heard.meant:
        return "nothing"
    if not heard.meant and not heard.unwritten:
        if heard.is_request and over.invites:
            return "request"
        if is_echo(heard, over):
            return "echo"
        if _is_backchannel(heard, over):  # "go on" is no wish to go to the next question
            return "backchannel"
    if heard.is_request:
        return "request"
    if over.earlier is not None and goes_on(heard, over, over.earlier):
        return "unfinished"
    return "answer"


def _is_backchannel(heard: Heard, over: Over) -> bool:
    left_s = over.duration_s - over.heard_s
    almost_over = left_s < ALMOST_OVER_S and not over.bridge
    return is_backchannel(heard.text, heard.locale, also_answers=not almost_over)


# --- echo -----------------------------------------------------------------------------------------


def is_echo(heard: Heard, over: Over) -> bool:
    """Whether the bot's own words came back, and nothing else. See the module's text."""
    said = words(heard.text)
    if not said or len(said) > MAX_ECHO_WORDS or heard.after_s > ECHO_TAIL_S:
        return False
    being_said = words(_sentences_being_said(over))
    if _is_side_of_a_choice(said, being_said, heard.locale):
        return False
    needed = len(said) if len(said) <= _FEW else _SHARE * len(said)
    return _in_order(said, being_said) >= needed


def repeats(text: str, spoken: str) -> bool:
    """Whether all of the words are those of what was spoken, in one place and in their order."""
    said = words(text)
    return 0 < len(said) <= MAX_ECHO_WORDS and _in_order(said, words(spoken)) == len(said)


def _sentences_being_said(over: Over) -> str:
    """Whole sentences: where in one the voice was is known only about."""
    text = over.text
    length_s = max(over.duration_s, 0.001)
    first = len(text) * min(1.0, max(0.0, over.heard_s - ECHO_BACK_S) / length_s)
    last = len(text) * min(1.0, max(0.0, over.heard_s) / length_s)
    found = [m for m in _SENTENCE.finditer(text) if m.end() > first and m.start() <= last]
    return " ".join(m.group() for m in found) if found else text


def _in_order(said: Sequence[str], of: Sequence[str]) -> int:
    """How many of the words there are in one place of the text, in their order."""
    width = len(said) + 1 if len(said) > _FEW else len(said)
    best = 0
    for start in range(max(1, len(of) - len(said) + 1)):
        best = max(best, _common(said, of[start : start + width]))
    return best


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence, of words that sound alike."""
    row = [0] * (len(b) + 1)
    for word in a:
        before = row
        row = [0]
        for index, other in enumerate(b):
            match = before[index] + 1 if _alike(word, other) else 0
            row.append(max(match, before[index + 1], row[index]))
    return row[-1]


def _alike(a: str, b: str) -> bool:
    return a == b or (min(len(a), len(b)) >= 4 and a[:4] == b[:4] and abs(len(a) - len(b)) <= 3)


def _is_side_of_a_choice(said: Sequence[str], of: Sequence[str], locale: str) -> bool:
    """Up to three words right before or after the "or" of the question, without it."""
    choice = _CHOICE[language(locale)]
    if len(said) > 3 or choice & set(said):
        return False
    said = list(said)
    for at, word in enumerate(of):
        if word in choice:
            before, after = list(of[max(0, at - len(said)) : at]), list(of[at + 1 :][: len(said)])
            if said in (before, after):
                return True
    return False


# --- the earlier answer goes on -------------------------------------------------------------------


def may_go_on(kind: str, began_s: float) -> bool:
    """Whether speech that began so long after an utterance's first packet may belong to the answer
    before it."""
    return kind == "bridge" or (kind == "question" and began_s <= REPAIR_S)


def goes_on(heard: Heard, over: Over, earlier: str) -> bool:
    """Whether it belongs to the earlier answer. See the module's text."""
    if over.bridge:
        return True
    if over.began_s >= over.duration_s - HEARD_OUT_S:
        return False
    said = words(heard.text)
    connected = begins_joined(heard.text, heard.locale)
    if connected or over.again:
        return connected
    if over.began_s < UNDERSTOOD_S or not said:
        return True
    new = _subjects(words(over.text)) - _subjects(words(earlier))
    return not new & _subjects(said)


def begins_joined(text: str, locale: str) -> bool:
    """Whether it begins with "and", "because" and the like."""
    said = words(text)
    return bool(said) and said[0] in _GOING_ON[language(locale)]


def _subjects(said: Sequence[str]) -> frozenset[str]:
    """What words are about, by their beginnings: "managed" and "manager" are about the same."""
    return frozenset(word[:5] for word in said if len(word) >= 4 and word not in _COMMON)
