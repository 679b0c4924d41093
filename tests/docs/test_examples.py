"""Every example of the documents does what it says, against a real server.

What the word behind a fence means: see `tests.docs.blocks`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.docs.blocks import EVERY, PAGES, RUN, Block, unfenced
from tests.support.env import REPOSITORY
from tests.support.server import API_KEY, Server, start_server, stop_server

TIMEOUT_S = 120
"""Ends a test whose example hangs."""
SHELL = 'set -euo pipefail\ncurl() { command curl --fail-with-body --max-time 60 "$@"; }\n'
"""An answer of 4xx is a failure here, whatever the example looks at."""
PYTHON = """
import sys
import aiohttp.web

def _served(app, **settings):
    "The example serves until it is stopped: here it has come so far."

aiohttp.web.run_app = _served
names = {"__name__": "__main__"}
for file, line, text in BLOCKS:
    exec(compile("\\n" * line + text, file, "exec"), names)
"""


_PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8A"
    "AAAASUVORK5CYII="
)


@dataclass
class Place:
    """A server with something in it, and a folder as an integrator's."""

    server: Server
    folder: Path
    there: dict[str, str]
    """What a placeholder of the documents stands for here."""

    def filled(self, text: str) -> str:
        for placeholder, value in self.there.items():
            text = text.replace(placeholder, value)
        return text

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "MEDIA_SERVER" not in name}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "DATA_DIR": str(self.folder / "data"),
            "MEDIA_SERVER_URL": self.server.url,
            "MEDIA_SERVER_API_KEY": API_KEY,
            "KEY": API_KEY,
        }

    def run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


async def _ask(url: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url + path, json=body) as response,
    ):
        text = await response.text()
        assert response.status // 100 == 2, f"{response.status} {text}"
        return dict(json.loads(text)) if text else {}


async def _furnish(url: str) -> dict[str, str]:
    """An interview that is over, and one of everything else that examples name."""
    interview = await _ask(url, "POST", "/v1/interviews", {"questions": ["What do you like?"]})
    await _ask(url, "POST", f"/v1/interviews/{interview['id']}/cancel")
    template = {"name": "Cooks", "questions": ["What did you cook?"]}
    made = await _ask(url, "POST", "/v1/templates", template)
    return {
        "http://localhost:8080": url,
        "iv_…": interview["id"],
        "tp_…": made["id"],
        "data:image/png;base64,…": _PICTURE,
        "/var/lib/interviews": "data/of-the-application",
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "data" / "secrets").mkdir(parents=True)
    (folder / "data" / "secrets" / "api-key").write_text(API_KEY)
    (folder / "server").mkdir()
    server = start_server(folder / "server")
    try:
        yield Place(server, folder, asyncio.run(_furnish(server.url)))
    finally:
        stop_server(server)


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
    asyncio.run(_ask(place.server.url, method, place.filled(path), json.loads(text)))


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
