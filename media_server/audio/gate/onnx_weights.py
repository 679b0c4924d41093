"""The weights in an ONNX file, without the runtime: field numbers are those of onnx.proto, IR 8.

Only what the speech gate needs: initializers of float32 with raw data. The rest is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_GRAPH = 7
_INITIALIZER = 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_FLOAT = 1
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5


def read_weights(model: bytes) -> dict[str, Any]:
    """Arrays of float32 by the name of their initializer.

    Raises ValueError for bytes that are no protobuf message of this kind.
    """
    found: dict[str, Any] = {}
    for graph in _parts(memoryview(model), _GRAPH):
        for tensor in _parts(graph, _INITIALIZER):
            name, weights = _tensor(tensor)
            if weights is not None:
                found[name] = weights
    return found


def _tensor(message: memoryview) -> tuple[str, Any | None]:
    dims: list[int] = []
    name, kind, raw = "", 0, None
    for number, value in _fields(message):
        if number == _DIMS:
            dims += [value] if isinstance(value, int) else _varints(value)
        elif number == _DATA_TYPE and isinstance(value, int):
            kind = value
        elif number == _NAME and not isinstance(value, int):
            name = str(value, "utf-8")
        elif number == _RAW_DATA and not isinstance(value, int):
            raw = value
    if kind != _FLOAT or raw is None:
        return name, None
    return name, np.frombuffer(raw, "<f4").reshape(dims)


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for number, value in _fields(message):
        if number == wanted and not isinstance(value, int):
            yield value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, its integer or its bytes) in order."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED_64, _FIXED_32):
            size = 8 if kind == _FIXED_64 else 4
        else:
            raise ValueError(f"unknown wire type {kind}")
        if at + size > len(message):
            raise ValueError("the file ends within a field")
        yield key >> 3, message[at : at + size]
        at += size


def _varints(packed: memoryview) -> list[int]:
    values, at = [], 0
    while at < len(packed):
        value, at = _varint(packed, at)
        values.append(value)
    return values


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("the file ends within a number")
