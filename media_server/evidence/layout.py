"""The one way in which a bundle is laid out as a ZIP file (APPNOTE.TXT 6.3.10, method 0). Pure.

Everything that ZIP leaves open has one value here: no compression, no extra fields, no comments,
no data descriptors, one date. So whoever knows the names and contents knows every byte of the file,
and a verifier compares instead of believing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LOCAL_BYTES = 30
CENTRAL_BYTES = 46
END_BYTES = 22
MAX_BYTES = 0xFFFF_FFFE
"""Of the whole file: beyond it ZIP needs its 64-bit form, which is not used here."""
MAX_FILES = 2_000
_VERSION = 10
_UNIX = (3 << 8) | 20
_DATE = 0x21
"""1980-01-01, the first day of ZIP: when the bundle was made stands in its manifest."""
_MODE = 0o100600 << 16
LOCAL_CRC_AT = 14
CENTRAL_CRC_AT = 16
_SIZE_AT = 22
"""Where a local header has the size (§4.3.7)."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One file of the ZIP."""

    name: str
    """ASCII."""
    size: int
    crc: int
    """CRC-32 of its content."""


def local_header(file: Stored) -> bytes:
    """§4.3.7."""
    return struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", _VERSION, 0, 0, 0, _DATE,
        file.crc, file.size, file.size, len(file.name), 0,
    ) + file.name.encode("ascii")  # fmt: skip


def central_header(file: Stored, offset: int) -> bytes:
    """§4.3.12. `offset`: where its local header begins."""
    return struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", _UNIX, _VERSION, 0, 0, 0, _DATE,
        file.crc, file.size, file.size, len(file.name), 0, 0, 0, 0, _MODE, offset,
    ) + file.name.encode("ascii")  # fmt: skip


def end_record(count: int, central_size: int, central_at: int) -> bytes:
    """§4.3.16."""
    return struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, central_size, central_at, 0
    )  # fmt: skip


def offsets(sizes: Iterable[tuple[str, int]]) -> list[int]:
    """Where the local header of each (name, size) begins; one more: where the directory does."""
    at, found = 0, []
    for name, size in sizes:
        found.append(at)
        at += LOCAL_BYTES + len(name) + size
    return [*found, at]


def tail(files: Sequence[Stored]) -> bytes:
    """What follows the contents: the central directory and the end record."""
    *starts, central_at = offsets((file.name, file.size) for file in files)
    central = b"".join(central_header(f, at) for f, at in zip(files, starts, strict=True))
    return central + end_record(len(files), len(central), central_at)


def total_size(sizes: Sequence[tuple[str, int]]) -> int:
    central = sum(CENTRAL_BYTES + len(name) for name, _ in sizes)
    return offsets(sizes)[-1] + central + END_BYTES


def size_in(header: bytes) -> int | None:
    """The size that a local header tells, unchecked; None: it is none."""
    if len(header) < LOCAL_BYTES or not header.startswith(b"PK"):
        return None
    return int(struct.unpack_from("<I", header, _SIZE_AT)[0])
