"""A server with something in it, and a folder as an integrator's: where examples are run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.env import REPOSITORY
from tests.support.server import API_KEY, Server, start_server, stop_server

TIMEOUT_S = 120
"""Ends a test whose example hangs."""
SHELL = 'set -euo pipefail\ncurl() { command curl --fail-with-body --max-time 60 "$@"; }\n'
"""An answer of 4xx is a failure here, whatever the example looks at."""
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
            "API_KEY": API_KEY,
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


async def ask(url: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
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
    interview = await ask(url, "POST", "/v1/interviews", {"questions": ["What do you like?"]})
    await ask(url, "POST", f"/v1/interviews/{interview['id']}/cancel")
    template = {"name": "Cooks", "questions": ["What did you cook?"]}
    made = await ask(url, "POST", "/v1/templates", template)
    return {
        "http://localhost:8080": url,
        "iv_…": interview["id"],
        "tp_…": made["id"],
        "data:image/png;base64,…": _PICTURE,
        "/var/lib/interviews": "data/of-the-application",
    }


@contextmanager
def open_place(folder: Path) -> Iterator[Place]:
    """`folder`: an empty one."""
    (folder / "data" / "secrets").mkdir(parents=True)
    (folder / "data" / "secrets" / "api-key").write_text(API_KEY)
    (folder / "server").mkdir()
    server = start_server(folder / "server")
    try:
        yield Place(server, folder, asyncio.run(_furnish(server.url)))
    finally:
        stop_server(server)
