"""What the sources of models have in common: how they fail, and how they say how far they are."""

from __future__ import annotations

from collections.abc import Callable

OnProgress = Callable[[str, int, int], None]
"""(model, bytes so far, bytes in all)."""


class PullFailed(Exception):
    """The text says what is wrong and what to do; nothing half-fetched is taken for a model."""
