"""A question of control: whether something in the quotes steers the judge. Pure.

Lists of wordings find the attacks that their makers have thought of. This finds a judge that has
been talked round, whatever did it: the same quotes are scored once more, by the same prompt, for
the same criterion, narrowed to circumstances that no quote speaks of ("only what happened in a
lighthouse counts"). The right score is known: the lowest. A judge that gives more follows
something else than the anchors, be it an instruction that nobody has recognised or its own taste,
and what it says of the real criterion is not to be trusted either.

The criterion keeps its words, so that "give five for the part about decisions" works here as well.
The circumstances depend on the quotes, and never stand in them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from media_server.folding import folded
from media_server.interview.rubric import MIN_SCORE, Anchor, Criterion
from media_server.prompts import Prompt, prompt


def control_of(criterion: Criterion, quotes: Sequence[str], locale: str) -> Criterion | None:
    """The criterion for which these quotes prove nothing. None: they, or the criterion, speak of
    all the circumstances that are known. The same quotes get the same one."""
    words = prompt("evaluate_control", locale)
    place = _place(words, criterion, quotes)
    if place is None:
        return None
    lowest = Anchor(score=MIN_SCORE, text=words.user_with(place=place))
    others = tuple(
        anchor.model_copy(update={"text": words.system_with(text=anchor.text, place=place)})
        for anchor in criterion.anchors
        if anchor.score > MIN_SCORE
    )
    text = words.system_with(text=criterion.text, place=place)
    return criterion.model_copy(update={"text": text, "anchors": (lowest, *others)})


def _place(words: Prompt, criterion: Criterion, quotes: Sequence[str]) -> str | None:
    shown = (*quotes, criterion.text, *(anchor.text for anchor in criterion.anchors))
    text = folded("\n".join(shown))
    places = list(words.patterns.items())
    first = zlib.crc32(text.encode()) % len(places)
    for place, pattern in places[first:] + places[:first]:
        if not re.search(pattern, text):
            return place
    return None
