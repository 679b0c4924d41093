"""Every example of the documents does what it says, against a real server.

What the word behind a fence means: see `tests.docs.blocks`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import EVERY, PAGES, RUN, Block, unfenced
from tests.docs.place import SHELL, Place, ask

PYTHON = """
import ast, asyncio, inspect, os
import aiohttp.web

def _served(app, **settings):
    "The example serves until it is stopped: here it has come so far."

aiohttp.web.run_app = _served
names = {
    "__name__": "__main__",
    "URL": os.environ["MEDIA_SERVER_URL"],
    "API_KEY": os.environ["API_KEY"],
}
for file, line, text in BLOCKS:
    code = compile("\\n" * line + text, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, names)
    if inspect.iscoroutine(waiting):
        asyncio.run(waiting)
"""


def run(language: str) -> list[Block]:
    return [block for block in EVERY if block.language == language and not block.not_run]


def named(found: list[Block]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", found, ids=[block.name for block in found])


# --- the examples -------------------------------------------------------------------------------


@named(run("sh"))
def test_a_shell_example(place: Place, block: Block) -> None:
    text = place.filled(block.text)
    assert "…" not in text, "say in _furnish what stands for this placeholder"
    place.run(["bash", "-c", SHELL + text])


@named([block for block in run("json") if block.request])
def test_a_body_is_accepted(place: Place, block: Block) -> None:
    assert block.request is not None
    method, path = block.request
    text = place.filled(block.text)
    assert "…" not in text, "say in _furnish what stands for this placeholder"
    asyncio.run(ask(place.server.url, method, place.filled(path), json.loads(text)))


@named([block for block in run("json") if not block.request])
def test_a_json_example_is_json(block: Block) -> None:
    json.loads(block.text)


PYTHON_PAGES = sorted({block.page for block in run("python")})


@pytest.mark.parametrize("page", PYTHON_PAGES)
def test_the_python_of_a_page(place: Place, page: str) -> None:
    found = [block for block in run("python") if block.page == page]
    listed = [(page, block.line, place.filled(block.text)) for block in found]
    script = place.folder / "example.py"
    script.write_text(f"BLOCKS = {listed!r}\n{PYTHON}")
    place.run([sys.executable, str(script)])


# --- the list -----------------------------------------------------------------------------------


@named([block for block in EVERY if block.language in RUN])
def test_a_fence_says_what_is_understood(block: Block) -> None:
    assert block.understood, f"{block.info!r}: see tests/docs/blocks.py for what may stand here"
    assert not block.not_run or len(block.not_run.split()) >= 3, "say why it cannot be run"


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_request_stands_in_a_fence(page: Path) -> None:
    hidden = [number for number, line in unfenced(page) if line.startswith(("curl ", "$ curl"))]
    assert not hidden, f"lines {hidden}: an indented example is not run, make it ```sh"


def test_most_examples_are_run() -> None:
    found = [block for block in EVERY if block.language in RUN]
    assert len([block for block in found if not block.not_run]) > len(found) / 2
    assert {block.language for block in found if not block.not_run} == set(RUN)


@pytest.mark.parametrize(
    "text",
    [
        'curl -s http://localhost:8080/v1/interviews/iv_none -H "Authorization: Bearer $KEY"',
        "media-server interview show iv_none",
        "false; true",
    ],
)
def test_an_example_that_fails_would_be_found(place: Place, text: str) -> None:
    with pytest.raises(AssertionError):
        place.run(["bash", "-c", SHELL + place.filled(text)])
