"""The commands that the documents show are accepted by the programs they are for."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from media_server.cli import build_parser
from tests.support.env import REPOSITORY

PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").glob("*.md"))]
COMMAND = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S* )*(?:\S*/bin/)?media-server( .*)?$")
INLINE = re.compile(r"`((?:\S*/bin/)?media-server [a-z][^`]*)`")
TARGET = re.compile(r"(?:^|`|&& )make ([a-z][a-z-]*)", re.MULTILINE)
PYTEST = re.compile(r"bin/pytest ((?:tests\S*\s?)+)")


def blocks(text: str) -> Iterator[str]:
    """Lines of fenced and of indented blocks."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.strip()


def words(command: str) -> list[str]:
    return shlex.split(command.partition("media-server")[2], comments=True)


def shown(pages: list[Path]) -> list[tuple[str, str]]:
    """(page, line) of each command that stands in a block: it is meant to be typed."""
    return [
        (page.name, line)
        for page in pages
        for line in blocks(page.read_text("utf-8"))
        if COMMAND.match(line)
    ]


def named(pages: list[Path]) -> list[tuple[str, str]]:
    """(page, command) of each that is mentioned in a sentence: often without its arguments."""
    return [
        (page.name, match[1])
        for page in pages
        for match in INLINE.finditer(page.read_text("utf-8"))
    ]


def parse(command: str) -> None:
    """Raises SystemExit, as argparse does, for what is not accepted."""
    given = words(command)
    build_parser(given[0] if given else "").parse_args(given)


def unknown(command: str) -> list[str]:
    """Words that no parser knows: a subcommand, or an option."""
    given = words(command.partition("|")[0])
    parser = build_parser(given[0] if given else "")
    strange = []
    for word in given:
        choices = _subcommands(parser)
        if word.startswith("--"):
            if word.partition("=")[0] not in parser._option_string_actions:
                strange.append(word)
        elif choices:
            if word not in choices:
                strange.append(word)
                break
            parser = choices[word]
    return strange


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.mark.parametrize(("page", "command"), shown(PAGES))
def test_a_command_that_is_shown_can_be_typed(page: str, command: str) -> None:
    try:
        parse(command)
    except SystemExit as error:
        assert error.code == 0, f"{page}: {command}"  # noqa: PT017  # --help ends so, too


@pytest.mark.parametrize(("page", "command"), named(PAGES))
def test_a_command_that_is_named_exists(page: str, command: str) -> None:
    assert unknown(command) == [], f"{page}: {command}"


@pytest.mark.parametrize("command", ["media-server nothing", "media-server serve --nothing"])
def test_a_wrong_command_would_be_found(command: str) -> None:
    assert COMMAND.match(command)
    assert unknown(command)
    with pytest.raises(SystemExit):
        parse(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_with_commands_says_where_the_program_is(page: Path) -> None:
    if shown([page]):
        assert ". .venv/bin/activate" in page.read_text("utf-8")


def test_there_are_commands_to_check() -> None:
    assert len(shown(PAGES)) > 10
    assert len(named(PAGES)) > 10


def test_make_targets_and_test_files_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        text = page.read_text("utf-8")
        for name in TARGET.findall("\n".join(blocks(text)) + "\n" + text):
            assert name in targets or name == "sure", f"{page.name}: make {name}"
        for paths in PYTEST.findall(text):
            for path in paths.split():
                assert (REPOSITORY / path.partition("::")[0]).exists(), f"{page.name}: {path}"
