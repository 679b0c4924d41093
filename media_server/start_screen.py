"""What `serve` says to whoever started it: what runs, the link, and how to fix what is not right.

For a pipe one line each, `name: text`, and `ready <url>`; for a terminal aligned and in colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from media_server.config import Config
from media_server.ports import SttStatus
from media_server.stt_choice import MEND, Choice
from media_server.terminal import Tone, is_terminal, paint_for, printable, width_of

STAND_IN_FIX = f"{MEND}, then start again; media-server doctor says more"
_NAME_COLUMNS = 11


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    text: str
    warning: bool = False


def engines(status: SttStatus, voice: str, choice: Choice | None = None) -> Iterator[Fact]:
    """Who listens and who speaks. `choice`: how the recogniser was chosen, if nobody named it."""
    who = " ".join(filter(None, (status.engine, status.model))) or "on other machines"
    if choice and not choice.stand_in:
        # A machine that is too slow for the chosen model runs another.
        chosen = status.model == Path(choice.settings.model_dir).name
        who = choice.reason if chosen else who
    yield Fact("recogniser", who)
    for warning in choice.warnings if choice else ():
        yield Fact("warning", warning, warning=True)
    if voice:
        yield Fact("voice", voice)
    if status.notice:
        yield Fact("note", f"{status.notice} To change it: {STAND_IN_FIX}", warning=True)


def keys(config: Config) -> Iterator[Fact]:
    http = config.http
    if not http.api_keys:
        yield Fact("API key", f"in {config.store.data_dir / 'secrets' / 'api-key'}")
    elif any(len(key) < 16 for key in http.api_keys):
        text = "MEDIA_SERVER_API_KEY is short; 16 characters or more resist guessing"
        yield Fact("warning", text, warning=True)


def _is_usual(url: str) -> bool:
    """`media-server simulate` finds it there by itself."""
    parts = urlsplit(url)
    return (parts.scheme, parts.port) == ("http", 8080)


class StartScreen:
    """Writes to `out`, or hands each line to `say` where that is given."""

    def __init__(self, out: TextIO, say: Callable[[str], None] | None = None) -> None:
        self._out = out
        self._say = say or self._write
        self._paint = paint_for(out)
        self._pretty = say is None and is_terminal(out)

    def starting(self) -> None:
        if self._pretty:
            name = self._paint(f"media-server {version('media-server')}", "bold")
            self._say(f"\n{name} {self._paint('is loading the recogniser and the voice', 'dim')}\n")

    def tell(self, fact: Fact) -> None:
        if not self._pretty:
            self._say(f"{fact.name}: {fact.text}")
            return
        lead = f"{fact.name:{_NAME_COLUMNS}} "
        tone: Tone = "yellow" if fact.warning else "dim"
        lines = textwrap.wrap(
            printable(fact.text), width_of(self._out) - len(lead), break_on_hyphens=False
        )
        for number, line in enumerate(lines or [""]):
            head = self._paint(lead, tone) if not number else " " * len(lead)
            self._say(head + (self._paint(line, tone) if fact.warning else line))

    def line(self, text: str) -> None:
        """As it stands: what happens while it waits or stops."""
        self._say(text)

    def ready(self, url: str) -> None:
        """The last words before it is quiet."""
        if not self._pretty:
            self._say(f"ready {url}")
            return
        self._say(f"\n{self._paint('ready', 'green', 'bold')} {self._paint(url, 'bold')}\n")
        where = "" if _is_usual(url) else f" --url {url}"
        hint = "Ctrl-C stops. Open it in a browser, or in a second terminal: media-server simulate"
        self._say(self._paint(hint + where, "dim"))

    def stopped(self) -> None:
        """The end, as asked; a pipe has the exit code."""
        if self._pretty:
            self._say(self._paint("stopped; interviews are kept", "dim"))

    def _write(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()
