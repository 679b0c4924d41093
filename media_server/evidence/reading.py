"""A bundle's file on the disk, read a piece at a time. Blocking."""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PIECE_BYTES = 1 << 18
MAX_LINE_BYTES = 16 << 20


class LineTooLong(Exception):
    """No log of ours has such a line."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Of a stretch of the file."""

    size: int
    """What could be read of it."""
    crc: int
    sha256: str


def _without_waiting(path: str, flags: int) -> int:
    """A FIFO may have no writer, and be waited for for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


class BundleFile:
    """Raises OSError; IsADirectoryError and the like for what is no ordinary file."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115
        status = os.fstat(self._file.fileno())
        if not stat.S_ISREG(status.st_mode):
            self._file.close()
            raise OSError(0, "it is no ordinary file")
        self.size = status.st_size

    def __enter__(self) -> BundleFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def read(self, at: int, count: int) -> bytes:
        """Fewer bytes where the file ends before."""
        self._file.seek(at)
        return self._file.read(count)

    def pieces(self, at: int, size: int) -> Iterator[bytes]:
        end = at + size
        while at < end:
            piece = self.read(at, min(PIECE_BYTES, end - at))
            if not piece:
                return
            at += len(piece)
            yield piece

    def sum(self, at: int, size: int) -> Sum:
        count, crc, sha256 = 0, 0, hashlib.sha256()
        for piece in self.pieces(at, size):
            count += len(piece)
            crc = zlib.crc32(piece, crc)
            sha256.update(piece)
        return Sum(count, crc, sha256.hexdigest())

    def lines(self, at: int, size: int) -> Iterator[bytes]:
        """With their line feeds; the last one may have none. Raises LineTooLong."""
        rest = bytearray()
        for piece in self.pieces(at, size):
            begin = 0
            while (end := piece.find(b"\n", begin)) >= 0:
                rest += piece[begin : end + 1]
                yield bytes(rest)
                rest.clear()
                begin = end + 1
            rest += piece[begin:]
            if len(rest) > MAX_LINE_BYTES:
                raise LineTooLong
        if rest:
            yield bytes(rest)
