"""What is kept of an interview as files: recordings, clips, whatever is made of them.

A blob is known by its interview and a name. Where it lies (a directory, object storage) is the
backend's: nobody assumes that it is a file of this machine.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol

CHUNK_BYTES = 256 * 1024
"""At most so much at a time comes out of `Blob.read`."""

RECORDING_PREFIX = "audio-"
"""What the names of recordings begin with (`interview.result.recording_name`). They only grow, so
name and size say what is in them; any other blob is `put` whole."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One that is there, as it was when it was found. Its bytes are read as they are asked for."""

    interview_id: str
    name: str
    size: int
    """Bytes."""
    etag: str
    """Changes when the bytes do; without quotes. Of a recording the same on every server, also
    after it went from a disk to object storage."""
    changed_s: float
    """Unix seconds."""
    reader: Callable[[int, int], AsyncGenerator[bytes, None]] = field(repr=False, compare=False)

    def read(self, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Bytes [start, end), `CHUNK_BYTES` at a time at most; `end` None: up to `size`.

        Each step ends within some seconds: it raises StoreUnavailable when the backend does not
        answer, and FileNotFoundError when the blob was deleted since it was found.
        """
        return self.reader(start, self.size if end is None else min(end, self.size))

    async def whole(self, *, limit: int) -> bytes:
        """All of it. Raises ValueError for one of more than `limit` bytes, and as `read`."""
        if self.size > limit:
            raise ValueError(f"{self.name} has {self.size} bytes, more than {limit}")
        return b"".join([chunk async for chunk in self.read()])


class Blobs(Protocol):
    """Of every interview. Every method raises StoreUnavailable (try again later), and ValueError
    for an id or a name that could lead elsewhere: 1 to 64 of A-Z a-z 0-9 . _ - without a dot at the
    beginning."""

    async def put(self, interview_id: str, name: str, data: bytes) -> None:
        """Keep `data` under `name`, in place of what was there: all of it or nothing.

        Where blobs go to object storage it may get there later; this server has it at once.
        """

    async def find(self, interview_id: str, name: str) -> Blob | None:
        """Size and etag, and the way to its bytes; None: there is none."""

    async def list(self, interview_id: str) -> tuple[Blob, ...]:
        """All of an interview, by name."""

    async def delete(self, interview_id: str, name: str | None = None) -> tuple[str, ...]:
        """The names that went: all of the interview, or one. Harmless where there is none."""

    async def sign(self, interview_id: str, name: str, *, ttl_s: int) -> str | None:
        """A URL at the backend from which anybody may read it for `ttl_s` seconds; None: the
        backend has no such thing, serve it yourself. It holds a secret: never log it."""
