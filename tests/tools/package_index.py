"""A package index on loopback (PEP 503) with packages made up on the spot, for the real pip.

It breaks off, falls silent or lies on order.
"""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.support.http_server import serving


def wheel_of(name: str, version: str, members: Mapping[str, bytes]) -> tuple[str, bytes]:
    """(file name, content). To import it would be noticed: it raises."""
    base = f"{name.replace('-', '_')}-{version}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        for member, content in members.items():
            wheel.writestr(member, content)
        wheel.writestr(f"{name.replace('-', '_')}/__init__.py", "raise RuntimeError('imported')")
        wheel.writestr("../outside.txt", "never unpacked")
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=99\n"
        wheel.writestr(f"{base}.dist-info/METADATA", about)
        wheel.writestr(f"{base}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{base}.dist-info/RECORD", "")
    return f"{base}-py3-none-any.whl", packed.getvalue()


@dataclass
class Index:
    url: str = ""
    wheels: dict[str, bytes] = field(default_factory=dict)
    """By file name."""
    cut_after: list[int] = field(default_factory=list)
    """Each download breaks off after the next of these many bytes."""
    silent_after: int | None = None
    """Each download falls silent after so many bytes."""
    requests: list[str] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    def add(self, name: str, version: str, members: Mapping[str, bytes]) -> int:
        """Its size."""
        file, content = wheel_of(name, version, members)
        self.wheels[file] = content
        return len(content)

    @property
    def fetched(self) -> list[str]:
        """Wheels that were asked for."""
        return [path.rpartition("/")[2] for path in self.requests if path.endswith(".whl")]


@contextmanager
def running_index() -> Iterator[Index]:
    index = Index()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            index.requests.append(path)
            name = path.rstrip("/").rpartition("/")[2]
            if path.startswith("/simple/"):
                files = [f for f in index.wheels if f.startswith(name.replace("-", "_") + "-")]
                links = "".join(f'<a href="/files/{file}">{file}</a>' for file in files)
                self.send(f"<html><body>{links}</body></html>".encode(), 200 if files else 404)
            elif name in index.wheels:
                self.send_wheel(index.wheels[name])
            else:
                self.send(b"", 404)

        def send(self, body: bytes, status: int, length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def send_wheel(self, content: bytes) -> None:
            cut = index.cut_after.pop(0) if index.cut_after else index.silent_after
            self.send(content[:cut], 200, len(content))
            if cut is not None:
                self.wfile.flush()
                self.close_connection = True
                if index.silent_after is not None:
                    index.let_go.wait(60)

    with serving(Handler) as index.url:
        try:
            yield index
        finally:
            index.let_go.set()
