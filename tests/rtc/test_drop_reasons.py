"""Whatever is dropped is counted under a declared reason, and no reason is declared in vain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import media_server.rtc
from media_server.rtc.budget import Excess
from media_server.rtc.drop_reasons import REASONS, SINK_ERROR
from tests.rtc.support import running, shared_port
from tests.support.source import parsed

ROOM = Path(media_server.rtc.__file__).parent
COUNTERS = {"drop", "_drop", "noise", "_noise", "noise.count", "faults.note", "_faults.note"}


def texts(node: ast.expr) -> Iterator[str]:
    """The constants an argument may be; a test in a conditional is none."""
    if isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def counted() -> set[str]:
    found = {f"budget_{excess}" for excess in get_args(Excess)}
    for path in ROOM.glob("*.py"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = ast.unparse(node.func)
            if any(name == c or name.endswith(f".{c}") for c in COUNTERS):
                found |= set(texts(node.args[0]))
            elif name == "BadStun":
                found |= {f"stun_{text}" for text in texts(node.args[0])}
    return found


async def test_every_reason_is_declared_and_every_declared_one_counted() -> None:
    async with running(kind="lite") as transport:
        sockets = set(shared_port(transport).socket_figures())
    assert counted() | sockets == set(REASONS)
    assert not any(reason.startswith(SINK_ERROR) for reason in REASONS)


async def test_what_the_kernel_would_not_send_is_told() -> None:
    async with running(kind="lite") as transport:
        assert "send_failed" not in transport.dropped()
        endpoint = shared_port(transport).endpoints[0]
        assert not endpoint.send(bytes(70_000), ("127.0.0.1", 9))  # longer than UDP can be
        assert transport.dropped()["send_failed"] == 1
