"""What a person sees when the server starts, and what a pipe is given."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from media_server.config import load_config
from media_server.ports import SttStatus
from media_server.start_screen import Fact, StartScreen, engines, keys

NOTICE = "Speech is recognised by a stand-in."


def status(notice: str = "", engine: str = "faster-whisper") -> SttStatus:
    return SttStatus(1, 1, 0, 0.0, engine, "base", notice)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(out: io.StringIO, facts: list[Fact]) -> str:
    screen = StartScreen(out)
    screen.starting()
    for fact in facts:
        screen.tell(fact)
    screen.ready("http://localhost:8080")
    screen.stopped()
    return out.getvalue()


def test_a_pipe_has_one_line_for_each_and_nothing_else() -> None:
    text = shown(io.StringIO(), [Fact("recogniser", "whisper"), Fact("note", "x " * 90, True)])
    assert text == f"recogniser: whisper\nnote: {'x ' * 90}\nready http://localhost:8080\n"


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_has_what_fits_and_is_aligned(
    monkeypatch: pytest.MonkeyPatch, no_color: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    text = shown(Terminal(), [Fact("voice", "\x1b[2Jflite"), Fact("note", "word " * 40, True)])
    assert ("\033" in text) is (not no_color)
    lines = re.sub(r"\033\[[0-9;]*m", "", text).splitlines()
    assert max(map(len, lines)) <= 84
    assert "voice       \\x1b[2Jflite" in lines
    assert lines.count("            " + ("word " * 13).strip()) >= 2, "further lines stand below"
    assert "ready http://localhost:8080" in lines


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://localhost:8080", ""),
        ("http://localhost:9000", " --url http://localhost:9000"),
        ("https://interviews.example", " --url https://interviews.example"),
    ],
)
def test_the_hint_works_for_another_port(
    monkeypatch: pytest.MonkeyPatch, url: str, named: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    StartScreen(out).ready(url)
    assert out.getvalue().endswith(f"media-server simulate{named}\n")


def test_the_stand_in_is_named_with_what_changes_it_and_whisper_is_not() -> None:
    (who, voice, note) = engines(status(NOTICE, "pocketsphinx"), "flite slt")
    assert (who.text, voice.text) == ("pocketsphinx base", "flite slt")
    assert note.warning
    assert NOTICE in note.text
    assert "models pull" in note.text
    assert [f.name for f in engines(status(), "")] == ["recogniser"]


def test_the_place_of_the_key_is_told_and_never_the_key(tmp_path: Path) -> None:
    (made,) = keys(load_config({"DATA_DIR": str(tmp_path)}))
    assert made.text == f"in {tmp_path}/secrets/api-key"
    (short,) = keys(load_config({"MEDIA_SERVER_API_KEY": "canary"}))
    assert short.warning
    assert "canary" not in short.text
