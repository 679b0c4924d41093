"""Files of the page, made lean once and kept: as many as the page has, each until it changes."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signaling import lean

LEAST_TO_COMPRESS = 512
MAX_KEPT = 400
"""More than the page has; a folder of strangers' files cannot fill the memory."""
KINDS = frozenset({".js", ".mjs", ".css", ".html"})

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Lean:
    stamp: Stamp
    body: bytes
    packed: bytes | None
    """gzip; None: not worth it."""
    etag: str
    style_hash: str


class PageFiles:
    """Blocking: for a thread of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._kept: dict[Path, Lean] = {}

    def of(self, path: Path) -> Lean:
        """The file as it is sent. Raises OSError where it cannot be read."""
        stamp = self._stamp(path)
        kept = self._kept.get(path)
        if kept is not None and kept.stamp == stamp:
            return kept
        made = self._made(path, stamp)
        if path in self._kept or len(self._kept) < MAX_KEPT:
            self._kept[path] = made
        return made

    def branded(self, page: Lean, brand: Mapping[str, Any]) -> Lean:
        """The page with whose it is in its head: `<meta name="brand" content="{…}">`."""
        told = html.escape(json.dumps(brand, separators=(",", ":")))
        meta = f'<meta name="brand" content="{told}">\n<title>'
        return _lean(page.stamp, page.body.decode().replace("<title>", meta, 1), page.style_hash)

    def _stamp(self, path: Path) -> Stamp:
        """Of the file, and for a page of what is put into it."""
        parts = [path]
        if path.suffix == ".html":
            parts += sorted(self._directory.glob("styles/*.css"))
        return tuple((one.stat().st_mtime_ns, one.stat().st_size) for one in parts)

    def _made(self, path: Path, stamp: Stamp) -> Lean:
        text = path.read_text(encoding="utf-8")
        style_hash = ""
        if path.suffix == ".html":
            text, style_hash = lean.page(text, self._sheet)
        elif path.suffix == ".css":
            text = lean.sheet(text)
        else:
            text = lean.script(text)
        return _lean(stamp, text, style_hash)

    def _sheet(self, name: str) -> str | None:
        path = (self._directory / name).resolve()
        if path.suffix != ".css" or not path.is_relative_to(self._directory.resolve()):
            return None
        return path.read_text(encoding="utf-8") if path.is_file() else None


def _lean(stamp: Stamp, text: str, style_hash: str) -> Lean:
    body = text.encode()
    packed = gzip.compress(body, 9, mtime=0) if len(body) >= LEAST_TO_COMPRESS else None
    etag = hashlib.sha256(body).hexdigest()[:32]
    return Lean(stamp, body, packed, etag, style_hash)
