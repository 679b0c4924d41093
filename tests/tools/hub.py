"""A model hub on loopback that speaks the true protocol, and breaks off on order.

GET /api/models/<repo>/revision/<rev>?blobs=true lists files with sizes and checksums; GET
/<repo>/resolve/<commit>/<path> answers small files itself and redirects large ones to a store that
knows ranges, as the real hub does with its CDN.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.support.http_server import serving

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE_BYTES = 50_000


@dataclass
class Hub:
    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    """By path in the one repository it has."""
    repository: str = "Systran/faster-whisper-tiny"
    revisions: tuple[str, ...] = (COMMIT, "main")
    cut_after: list[int] = field(default_factory=list)
    """Each download of a large file breaks off after the next of these many bytes."""
    lies: dict[str, bytes] = field(default_factory=dict)
    """What is sent instead of a file that is listed rightly."""
    status: int = 200
    ignores_ranges: bool = False
    requests: list[tuple[str, str]] = field(default_factory=list)
    """(path, Range header) of every GET."""

    def listing(self) -> dict[str, object]:
        siblings: list[dict[str, object]] = []
        for path, content in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324
            item: dict[str, object] = {"rfilename": path, "size": len(content), "blobId": blob}
            if len(content) >= LARGE_BYTES:
                sha256 = hashlib.sha256(content).hexdigest()
                item["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
            siblings.append(item)
        return {"id": self.repository, "sha": COMMIT, "siblings": siblings}


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            hub.requests.append((path, self.headers.get("Range", "")))
            if hub.status != 200:
                self.answer(hub.status, b"{}")
                return
            for revision in hub.revisions:
                if path == f"/api/models/{hub.repository}/revision/{revision}":
                    self.answer(200, json.dumps(hub.listing()).encode())
                    return
            resolve, store = f"/{hub.repository}/resolve/{COMMIT}/", "/store/"
            name = path.removeprefix(resolve).removeprefix(store)
            if name not in hub.files or not path.startswith((resolve, store)):
                self.answer(404, b"{}")
            elif path.startswith(resolve) and len(hub.files[name]) >= LARGE_BYTES:
                self.send_response(302)
                self.send_header("Location", f"{hub.url}/store/{name}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.send_file(name)

        def send_file(self, name: str) -> None:
            content = hub.lies.get(name, hub.files[name])
            begin = 0
            if self.headers.get("Range") and not hub.ignores_ranges:
                begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            cut = hub.cut_after.pop(0) if hub.cut_after and len(content) >= LARGE_BYTES else None
            self.answer(206 if begin else 200, content[begin:], cut)

        def answer(self, status: int, body: bytes, cut: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])
            if cut is not None:
                self.close_connection = True

    with serving(Handler) as hub.url:
        yield hub
