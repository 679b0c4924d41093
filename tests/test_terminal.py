"""Colour only where it is wanted, and no control character of anybody else on a terminal."""

from __future__ import annotations

import io

import pytest

from media_server.terminal import (
    Paint,
    can_move,
    can_write,
    columns_of,
    paint_for,
    printable,
    width_of,
)  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "colour", "moves"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    environ: dict[str, str], colour: bool, moves: bool
) -> None:
    assert paint_for(Terminal(), environ).on is colour
    assert can_move(Terminal(), environ) is moves
    assert not paint_for(io.StringIO(), environ).on


def test_a_closed_stream_is_no_terminal() -> None:
    closed = io.StringIO()
    closed.close()
    assert not can_move(closed, {"TERM": "xterm"})
    assert width_of(closed) == 80


def test_paint_adds_nothing_where_it_is_off() -> None:
    assert Paint(False)("word", "red") == "word"
    assert Paint(True)("word", "red", "bold") == "\033[31;1mword\033[0m"
    assert Paint(True)("", "red") == ""


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[2J", "\x1b]0;title\x07", "a\rforged", "a\nforged", "\x9b31m", "\u202eevil", "\ud800",
     "\u2028", "\x08\x08", "\x00", "\x7f"],
)  # fmt: skip
def test_controls_of_others_are_seen_and_do_nothing(hostile: str) -> None:
    shown = printable(f"before {hostile} after")
    assert shown.isprintable(), ascii(shown)
    assert shown.startswith("before ")
    assert "\\" in shown


def test_all_other_text_stays() -> None:
    text = "Größe → 漢字 🎤 \\x1b é"
    assert printable(text) == text


def test_what_an_encoding_lacks_is_known() -> None:
    assert can_write(io.TextIOWrapper(io.BytesIO(), "utf-8"), "✓")
    assert not can_write(io.TextIOWrapper(io.BytesIO(), "ascii"), "✓")


def test_wide_and_combining_characters_are_counted_as_terminals_do() -> None:
    assert [columns_of(text) for text in ("abc", "漢字", "e\u0301")] == [3, 4, 1]
