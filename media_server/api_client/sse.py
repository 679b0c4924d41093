"""Server-sent events, as they are read from a stream (WHATWG HTML, section 9.2.6). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from media_server.api_client.http import Lines
from media_server.api_client.operations import line as json_object


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """What happened; docs/live.md has the names."""

    name: str
    data: dict[str, Any]
    id: str
    """To go on from, as `after`; "": it has none, and comes never again."""


class Parser:
    """Of one stream."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._name = self._id = ""
        self._data: list[bytes] = []

    def add(self, chunk: bytes) -> Iterator[LiveEvent]:
        """Whole events. Raises NotUnderstood for data that is no JSON object, and for a line
        without an end."""
        for line in self._lines.add(chunk):
            field, _, value = line.removesuffix(b"\r").partition(b":")
            value = value.removeprefix(b" ")
            if not field and not value:
                yield from self._ended()
            elif field == b"event":
                self._name = value.decode("utf-8", "replace")
            elif field == b"id":
                self._id = value.decode("utf-8", "replace")
            elif field == b"data":
                self._data.append(value)

    def _ended(self) -> Iterator[LiveEvent]:
        name, data, id_ = self._name, self._data, self._id
        self._name, self._id, self._data = "", "", []
        if data:
            yield LiveEvent(name or "message", json_object(b"\n".join(data)), id_)
