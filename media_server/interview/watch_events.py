"""What the log says of those who follow an interview while it goes on."""

from __future__ import annotations

from typing import Literal

from media_server.interview.event import Event


class WatchChanged(Event):
    """Somebody follows the interview's words from now on, or has stopped: the candidate sees it.
    In the log before the first word is passed on."""

    type: Literal["watch_changed"] = "watch_changed"
    watchers: int
    """How many do now."""
    by: str = ""
    """Whose API key it is, by its label, of the one who came or left; never a person's name."""
