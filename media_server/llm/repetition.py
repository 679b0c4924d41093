"""Whether a model has fallen into saying the same again and again. Pure.

Small models do so, and in JSON they send white space without end. It is noticed at the end of what
has come so far, so that the line can be hung up.
"""

from __future__ import annotations

_LONGEST_UNIT = 200
_TEXT = (4, 80)
_JSON = (8, 240)
"""At least so many times, and so many characters in all. JSON repeats itself by nature: a list of
equal scores is no loop."""


def loops(text: str, *, json: bool = False) -> bool:
    """Whether the end of the text is one unit of at most 200 characters, many times over."""
    times, least = _JSON if json else _TEXT
    for unit in range(1, min(_LONGEST_UNIT, len(text) // times) + 1):
        length = max(least, unit * times)
        if length > len(text):
            continue
        if text[-1] != text[-1 - unit]:
            continue
        tail = text[-length:]
        if tail[unit:] == tail[:-unit]:
            return True
    return False
