"""The dialogue on a terminal, on a dumb one, and in a pipe."""

from __future__ import annotations

import io
import re

import pytest

from media_server.tools.dialogue import Dialogue


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def held(out: io.StringIO) -> str:
    dialogue = Dialogue(out)
    dialogue.heading("question 1 of 3")
    dialogue.line("bot", "Why? " + "word " * 30)
    dialogue.line("say", "I said so.")
    dialogue.interim("i said")
    dialogue.interim("i said so " + "and on " * 30)
    dialogue.line("you", "i said so")
    dialogue.text("   " + "long " * 40)
    return out.getvalue()


def screen(text: str) -> list[str]:
    """What stands on the terminal in the end."""
    lines = [line.split("\r\033[K")[-1] for line in text.split("\n")]
    return [re.sub(r"\033\[[0-9;]*[mK]", "", line) for line in lines]


def test_words_that_change_are_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = held(Terminal())
    lines = screen(text)
    assert max(map(len, lines)) <= 80
    assert "and on" in text
    assert not any("and on" in line for line in lines)
    assert " 0:00  understood  i said so" in lines
    assert "Question 1 of 3" in lines
    assert all(
        len(re.sub(r"\033\[[0-9;]*[mK]", "", part)) <= 80 for part in re.split("[\r\n]", text)
    )


def test_a_dumb_terminal_has_neither_colour_nor_words_that_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    text = held(Terminal())
    assert "\033" not in text
    assert "\r" not in text
    assert "and on" not in text


def test_a_pipe_has_each_as_a_line_of_its_own() -> None:
    lines = held(io.StringIO()).splitlines()
    assert lines[0] == "00:00.0    ask  question 1 of 3"
    assert lines[3] == "00:00.0      …  i said"
    assert lines[5] == "00:00.0    you  i said so"
    assert lines[6].endswith("long "), "nothing is wrapped"
