"""Whether a model refuses instead of answering, from the beginning of what it says. Pure.

Only the usual wordings, and only at the beginning: a candidate's "I can't" that is repeated in the
middle of a question is no refusal.
"""

from __future__ import annotations

import re
import unicodedata

HEAD_CHARS = 240
_DO = (
    "(?:help|assist|comply|fulfil+|provide|do (?:that|this)|answer|create|generate|write|engage|"
    "continue|participate|discuss|support|respond|process|complete|share)"
)
_CANNOT = "(?:can't|cannot|can not|won't|will not)"
_SORRY = "(?:i'm|i am) (?:very |really |so )?sorry"
_UNABLE = "(?:unable|not able) to"
_AI_DE = "(?:ki|sprachmodell|künstliche intelligenz)"
_AI_ES = "(?:ia|inteligencia artificial|modelo de lenguaje)"
_AI_FR = "(?:ia|intelligence artificielle|modèle de langage)"
_PATTERNS = (
    # English
    rf"{_SORRY},? (?:but )?(?:as an? .{{0,30}}, ?)?i {_CANNOT} {_DO}\b",
    rf"{_SORRY},? (?:but )?i(?: am|'m) {_UNABLE} {_DO}\b",
    rf"(?:unfortunately,? |sorry,? (?:but )?)?i {_CANNOT} {_DO}\b(?! but)",
    rf"(?:unfortunately,? |sorry,? (?:but )?)?i(?: am|'m) {_UNABLE} {_DO}\b",
    rf"as an? (?:ai|(?:large )?language model)\b.{{0,40}}\bi (?:{_CANNOT}|don't|do not)\b",
    rf"as an? (?:ai|(?:large )?language model)\b.{{0,40}}\bi(?: am|'m) {_UNABLE}\b",
    r"i must decline\b",
    # German
    r"(?:es )?tut mir (?:sehr )?leid,? (?:aber )?ich kann\b.{0,60}\bnicht\b",
    r"(?:es )?tut mir (?:sehr )?leid,? (?:aber )?(?:dabei|das) kann ich\b.{0,60}\bnicht\b",
    r"(?:leider )?(?:dabei |damit )?(?:kann ich|ich kann)(?: \w+){0,3} nicht (?:weiter)?helfen",
    r"(?:leider )?(?:kann ich|ich kann) diese \w+ (?:leider )?nicht (?:beantwort|erfüll|erstell)",
    rf"als (?:eine? )?{_AI_DE}\b.{{0,40}}\bkann ich\b.{{0,60}}\bnicht\b",
    # Spanish
    r"lo siento,? (?:pero )?no puedo\b",
    r"(?:lamentablemente,? )?no puedo (?:ayudar|responder|cumplir|proporcionar|generar|crear)",
    r"(?:lamentablemente,? )?no puedo (?:hacer eso|continuar|asistir)",
    rf"(?:lo siento,? (?:pero )?)?como (?:una? )?{_AI_ES}\b.{{0,40}}\bno puedo\b",
    # French
    r"(?:je suis )?(?:vraiment )?désolée?,? (?:mais )?je ne (?:peux|puis) pas",
    r"(?:je suis )?(?:vraiment )?désolée?,? (?:mais )?je ne suis pas en mesure",
    r"(?:malheureusement,? )?je ne (?:peux|puis) pas (?:vous |t')?(?:aider|répondre|fournir|créer)",
    r"(?:malheureusement,? )?je ne (?:peux|puis) pas (?:faire cela|continuer|donner suite)",
    rf"en tant qu(?:e |')(?:une? )?{_AI_FR}\b.{{0,40}}\bje ne\b",
    # Arabic
    r"(?:عذرا|آسف|أعتذر|للأسف).{0,15}(?:لا أستطيع|لا يمكنني|لست قادرا|لن أتمكن)",
    r"(?:لا أستطيع|لا يمكنني|لن أتمكن من) (?:مساعد|الإجابة|تقديم|المتابعة|تلبية)",
)
_REFUSALS = tuple(map(re.compile, _PATTERNS))
_OPENERS = (
    "i'm ", "i am ", "i can", "i won't", "i must", "i will", "unfortunately", "sorry", "as a",
    "tut mir", "es tut", "leider", "dabei", "damit", "ich kann", "kann ich", "als k", "als s",
    "lo siento", "lamentablemente", "no puedo", "como ", "désol", "je suis", "je ne", "vraiment",
    "malheureusement", "en tant", "عذرا", "آسف", "أعتذر", "للأسف", "لا ", "لن ",
)  # fmt: skip
"""What each of those begins with: a text that begins otherwise need not be held back."""
_MARKS = re.compile(r"[\u064b-\u0652\u0640]")
"""Arabic vowel signs and the stretching line, which are written or not."""


def _plain(text: str) -> str:
    head = unicodedata.normalize("NFC", text[: 2 * HEAD_CHARS]).casefold()
    head = _MARKS.sub("", head.replace("\u2019", "'"))
    return " ".join(head.split()).strip("\"'*_#«»„“” .,!")[:HEAD_CHARS]


def is_refusal(text: str) -> bool:
    """Whether the text begins with one of the usual refusals, in five languages."""
    head = _plain(text)
    return any(pattern.match(head) for pattern in _REFUSALS)


def may_become_one(text: str) -> bool:
    """Whether its beginning is that of a refusal, and too short to tell."""
    head = _plain(text)
    if len(head) >= 60:
        return False
    return any(head.startswith(start) or start.startswith(head) for start in _OPENERS)
