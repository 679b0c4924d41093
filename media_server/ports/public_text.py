"""What is said of a text that may be logged."""

from __future__ import annotations


class Public(str):
    """Text of our own making, nobody's words or name: it may be logged as it stands.

    Of any other text in a log's arguments only the length is shown.
    """

    __slots__ = ()
