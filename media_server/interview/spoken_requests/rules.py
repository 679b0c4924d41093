"""Spoken requests, recognised by rules: several wordings each, and only where the whole turn is
the request. "I had to repeat the experiment" is an answer; "could you repeat that?" is not.
"""

from __future__ import annotations

import re

from media_server.interview.spoken_requests.model import MAX_WORDS, Intent, Recognised

_POLITE = (
    r"(?:(?:sorry|excuse me|please|okay|ok|well|um+|uh+|oh|hey|hi|hello|yes|yeah|no|so|actually|"
    r"pardon|i am sorry)[,.!?]*\s+)*"
)
_CAN_YOU = r"(?:(?:can|could|would|will|may)\s+(?:you|i|we)\s+(?:please\s+)?)?"
_END = r"(?:[,.]?\s*(?:please|thanks|thank you|for me|again|one more time|once more|now))*[.!?]*$"
_I_WANT = r"i (?:want|need|would (?:like|love|prefer|rather))"
_I_MUST = rf"(?:{_I_WANT}|i have)"
"""Before "to" only: "I have to leave" is a request, "I have a minute" is an answer."""
_SOMEBODY = r"(?:any|some)(?:body|one)"
_I_HEAR_NOTHING = (
    r"i (?:can|did|do|could|am) ?not (?:(?:hear|catch|hearing)(?: anything| a thing)|"
    r"(?:hear|catch|get|hearing)(?: you| it| that| the question| a question)?)"
)
_IS_ANYBODY_THERE = (
    rf"(?:(?:hello|hi|hey)(?: there)?|are you (?:still )?(?:there|here|listening|with me|on)|"
    rf"(?:is )?{_SOMEBODY}(?: still)? (?:there|here|listening|home)|{_I_HEAR_NOTHING}|"
    rf"(?:(?:can|could|do|did) (?:you|{_SOMEBODY}) )?(?:still )?hear (?:me|this)|"
    rf"are you (?:still )?hearing me|"
    r"am i (?:still )?(?:audible|connected|muted|on)|there is no (?:sound|audio|voice)|"
    r"is (?:this|it|(?:my|the) (?:mic|microphone|sound|audio))(?: thing)?(?: still)? "
    r"(?:on|working)|mic(?:rophone)? (?:check|test)|test(?:ing)?[,.!?]* test(?:ing)?)"
)
"""Who heard nothing asks whether there is anybody: the question is owed, not the next one."""

_RULES: tuple[tuple[Intent, str], ...] = (
    (
        "repeat",
        (
            r"(?:(?:just\s+)?(?:repeat|say|ask|read)(?:\s+(?:that|it|the (?:last )?question|me))*"
            r"(?:\s+(?:again|one more time|once more))?|please repeat|(?:say|come) again|"
            r"what (?:was|is) the question(?: again)?|pardon(?: me)?|"
            rf"{_IS_ANYBODY_THERE}(?:[,.!?]*\s+{_IS_ANYBODY_THERE})*|"
            r"one more time|hear the question again)"
        ),
    ),
    (
        "rephrase",
        (
            r"(?:rephrase|clarify|explain|reword)(?:\s+(?:that|it|the question|this))*|"
            r"(?:ask|say|put) (?:that|it|the question) (?:differently|in (?:an)?other words|"
            r"another way|in a different way)|what do you mean(?: by that)?|"
            r"i (?:do|did) not understand(?: (?:that|it|the question|what you mean))?"
        ),
    ),
    (
        "skip",
        (
            r"skip(?: (?:it|that|this|this one|the question|this question|that question|again))*|"
            r"pass|next(?: question)?|(?:let us )?(?:move|"
            r"go) on(?: to the next(?: question)?)?"
        ),
    ),
    (
        "no_idea",
        (
            r"i do not (?:know|have an answer)(?: (?:that|it|this|the answer|this one))?|"
            r"i have no idea|no idea|no answer"
        ),
    ),
    (
        "pause",
        (
            rf"(?:take a |have a |make a |{_I_WANT} a |{_I_MUST} to (?:take|have) a |"
            r"let us take a )?"
            r"(?:short |little |quick )?(?:pause|break)(?: the interview)?|"
            rf"pause(?: it| this| here)?|{_I_MUST} to (?:pause|step away)"
        ),
    ),
    (
        "think",
        (
            r"(?:let|give) me (?:(?:just )?(?:think|have a think)|(?:a |"
            r"one )?(?:second|moment|minute|"
            r"sec)(?: to think)?)(?: about (?:it|that|this))?|(?:just )?(?:one|a) (?:second|moment|"
            rf"minute|sec)|hold on(?: a (?:second|moment|minute))?|{_I_WANT} (?:a|some|one) "
            r"(?:second|moment|minute|time)(?: to think)?|i am (?:still )?thinking"
        ),
    ),
    (
        "not_finished",
        (
            r"(?:(?:wait|hold on),? )?i (?:was|am) not (?:finished|done)(?: yet)?|"
            r"(?:go|let me go|i want to go) back(?: to (?:the|my) (?:last|previous) "
            r"(?:question|answer))?"
        ),
    ),
    (
        "leave",
        (
            rf"(?:{_I_MUST} to )?(?:end|stop|quit|leave|finish|abort)"
            rf"(?: (?:the|this) (?:interview|call|conversation))|{_I_MUST} to "
            r"(?:leave|stop|quit)|goodbye|bye(?: bye)?"
        ),
    ),
    (
        "human",
        (
            rf"(?:{_I_MUST}(?: to)? )?(?:talk|speak) (?:to|with) (?:a |an )?"
            r"(?:real |actual )?(?:human|person|somebody|someone)(?: being)?|"
            rf"{_I_WANT} (?:an )?accommodations?|is there a (?:human|person)"
        ),
    ),
    (
        "interviewer_question",
        (
            r"(?:can|could|may) i ask (?:you )?(?:a|one|some) questions?|i have (?:a|one) question"
            r"(?: for you)?|(?:what|how much) (?:is|does) the (?:salary|pay|job pay)|"
            r"when (?:will|do) i hear(?: back)?(?: from you)?"
        ),
    ),
)
"""In whole words: `_in_full` has written out what people contract."""
_COMPILED = tuple(
    (intent, re.compile(f"^{_POLITE}{_CAN_YOU}(?:{pattern}){_END}", re.IGNORECASE))
    for intent, pattern in _RULES
)

_APOSTROPHES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff07", "'")
)
_CONTRACTED = tuple(
    (re.compile(pattern, re.IGNORECASE), full)
    for pattern, full in (
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"\bwon't\b", "will not"),
        (
            r"\b(do|does|did|was|were|is|are|have|has|had|could|would|should|must|need)n'?t\b",
            r"\1 not",
        ),
        (r"\bi'?m\b", "i am"),
        (r"\blet'?s\b", "let us"),
        (r"\b(what|that|who|there|where|how)'?s\b", r"\1 is"),
        (r"\b(it|he|she|here|when)'s\b", r"\1 is"),
        (r"\bi'?d\b(?= (?:like|love|prefer|rather))", "i would"),
        (r"\b(i|you|he|she|it|we|they|that|who)'d\b", r"\1 would"),
        (r"\b(i|you|he|she|it|we|they|that|who)'ll\b", r"\1 will"),
        (r"\b(i|you|we|they|who)'ve\b", r"\1 have"),
        (r"\b(you|we|they|who)'re\b", r"\1 are"),
    )
)
"""Some recognisers leave the apostrophe out; where that makes another word (were, ill), it
stays."""


def _in_full(text: str) -> str:
    """ "I'd like" → "i would like", whatever the apostrophe: the rules know one form only."""
    text = text.translate(_APOSTROPHES)
    for pattern, full in _CONTRACTED:
        text = pattern.sub(full, text)
    return text


def recognise(text: str, locale: str) -> Recognised | None:  # noqa: ARG001 - English only
    """The request that a whole turn is, or None for an answer.

    `locale`: of the candidate, such as `de-AT`; its language comes first, English is tried too.
    """
    text = " ".join(text.split())
    if not text or len(text.split()) > MAX_WORDS:
        return None
    text = _in_full(text)
    for intent, pattern in _COMPILED:
        if pattern.match(text):
            return Recognised(intent, sure=True)
    return None
