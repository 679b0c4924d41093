"""The table of rooms: what each may import, read from the source itself.

import-linter (`make check`) holds the direction between rooms; this test holds the rest of the
table: which libraries a room may know, and that a pure room sees no clock, loop, socket or log.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY
from tests.support.source import parsed

IMPURE = frozenset(
    [
        "asyncio",
        "concurrent",
        "logging",
        "multiprocessing",
        "os",
        "queue",
        "random",
        "sched",
        "secrets",
        "select",
        "selectors",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
    ]
)
"""Standard modules that bring a clock, chance, a thread or a descriptor with them."""


@dataclass(frozen=True)
class Room:
    ours: tuple[str, ...]
    """Packages and modules of this repository, itself not counted."""
    libraries: frozenset[str]
    not_standard: frozenset[str] = frozenset()


def libraries(*names: str) -> frozenset[str]:
    return frozenset(names)


PORTS = ("media_server.ports", "media_server.audio.types")
ROOMS = {
    "media_server.audio": Room(
        ("media_server.segment_info", "media_server.onnx"), libraries("numpy", "webrtcvad"), IMPURE
    ),
    "media_server.interview": Room(
        (
            "media_server.delivery",
            "media_server.injection",
            "media_server.logos",
            "media_server.segment_info",
            "media_server.sentences",
            "media_server.shades",
            "media_server.spacing",
        ),
        libraries("pydantic", "snowballstemmer"),
        IMPURE,
    ),
    "media_server.dialects": Room(
        (
            "media_server.interview",
            "media_server.ports.dialect",
            "media_server.segment_info",
        ),
        libraries("pydantic"),
        IMPURE,
    ),
    "media_server.segment_info": Room((), libraries(), IMPURE),
    "media_server.delivery": Room((), libraries(), IMPURE),
    "media_server.folding": Room((), libraries(), IMPURE),
    "media_server.injection": Room(("media_server.folding",), libraries(), IMPURE),
    "media_server.sentences": Room((), libraries(), IMPURE),
    "media_server.spacing": Room((), libraries(), IMPURE),
    "media_server.setting": Room((), libraries(), IMPURE),
    "media_server.model_files": Room((), libraries()),
    "media_server.onnx": Room((), libraries("onnxruntime")),
    "media_server.engine_factory": Room(("media_server.ports",), libraries()),
    "media_server.ports": Room(
        (
            "media_server.audio.types",
            "media_server.delivery",
            "media_server.interview",
            "media_server.segment_info",
        ),
        libraries(),
        IMPURE,
    ),
    "media_server.rtc": Room(
        ("media_server.ports", "media_server.audio", "media_server.setting"),
        libraries("aiortc", "aioice", "cryptography", "ifaddr", "numpy", "OpenSSL", "pylibsrtp"),
    ),
    "media_server.stt": Room(
        (
            *PORTS,
            "media_server.engine_factory",
            "media_server.model_files",
            "media_server.setting",
            "media_server.interview.given_up",
            "media_server.interview.texts",
            "media_server.spacing",
            "media_server.endings",
            "media_server.redis_link",
        ),
        libraries("ctranslate2", "faster_whisper", "numpy", "onnxruntime", "pocketsphinx"),
    ),
    "media_server.tts": Room(
        (
            "media_server.ports",
            "media_server.audio",
            "media_server.delivery",
            "media_server.engine_factory",
            "media_server.model_files",
            "media_server.onnx",
            "media_server.sentences",
            "media_server.setting",
        ),
        libraries("av", "espeakng_loader", "hibari", "numpy", "piper"),
    ),
    "media_server.llm": Room(
        (
            "media_server.endings",
            "media_server.ports",
            "media_server.setting",
        ),
        libraries("httpx", "jsonschema", "ollama", "pydantic"),
    ),
    "media_server.prompts": Room((), libraries(), IMPURE),
    "media_server.store": Room(
        (
            *PORTS,
            "media_server.setting",
            "media_server.audio.ogg",
            "media_server.interview",
            "media_server.endings",
            "media_server.redis_link",
            "media_server.tenants",
            "media_server.wall_clock",
        ),
        libraries("obstore"),
    ),
    "media_server.webhooks": Room(
        (
            "media_server.ports",
            "media_server.setting",
            "media_server.interview.result",
            "media_server.interview.status",
            "media_server.wall_clock",
        ),
        libraries("aiohttp", "standardwebhooks"),
    ),
    "media_server.redis_link": Room(("media_server.ports",), libraries("redis")),
    "media_server.interviewer": Room(
        (
            "media_server.injection",
            "media_server.interview",
            "media_server.ports",
            "media_server.prompts",
            "media_server.spacing",
        ),
        libraries("snowballstemmer"),
        IMPURE,
    ),
    "media_server.evaluation": Room(
        (
            "media_server.folding",
            "media_server.injection",
            "media_server.interview",
            "media_server.ports.llm",
            "media_server.prompts",
            "media_server.spacing",
        ),
        libraries("rapidfuzz"),
        IMPURE,
    ),
    "media_server.evidence": Room(("media_server.ports",), libraries("cryptography", "pydantic")),
    "media_server.live": Room(
        ("media_server",), libraries("numpy", "pydantic"), frozenset({"socket", "http"})
    ),
    "signaling": Room(
        (
            "media_server.ports",
            "media_server.attention",
            "media_server.evaluation.rubric_lint",
            "media_server.evidence",
            "media_server.interview",
            "media_server.config",
            "media_server.http_settings",
            "media_server.load_history",
            "media_server.logging",
            "media_server.metrics",
            "media_server.shades",
            "media_server.shared_counts",
            "media_server.tenant_file",
            "media_server.tenants",
            "media_server.token_bucket",
            "media_server.wall_clock",
            "media_server.webhooks",
        ),
        libraries("aiohttp", "jwt", "multidict", "pydantic", "segno", "yarl"),
    ),
}
REGISTRY = "media_server.dialects.registry"
"""Alone knows the dialects there are: no other room names one."""
NOT_IN_ROOMS = ("media_server.config", "media_server.cli", "media_server.tools")
"""Compose the rooms, so no room imports them; `config` is for live, signaling and above."""


def source_files(room: str) -> list[Path]:
    path = REPOSITORY.joinpath(*room.split("."))
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted name) of everything imported, at any depth; relative ones resolved."""
    package = path.relative_to(REPOSITORY).with_suffix("").parts
    found: list[tuple[int, str]] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join((*package[: -node.level], *base.split(".") * bool(base)))
            found.append((node.lineno, base))
            if base == "media_server":
                found[-1:] = [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
    return found


def inside(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def verdict(room_name: str, name: str) -> str:
    """Why a room may not import this; empty: it may."""
    room = ROOMS[room_name]
    top = name.split(".", maxsplit=1)[0]
    if top in {"media_server", "signaling"}:
        if name == "media_server" or inside(name, (room_name,)):
            return ""
        if room_name != "signaling" and inside(name, NOT_IN_ROOMS[1:]):
            return "composes the rooms"
        if inside(name, ("media_server.dialects",)) and name != REGISTRY:
            return "names a dialect"
        return "" if inside(name, room.ours) else "is not below this room"
    if top in sys.stdlib_module_names:
        return "is not pure" if {top, name} & room.not_standard else ""
    return "" if top in room.libraries else "is not a library of this room"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_table_allows(room: str) -> None:
    files = source_files(room)
    assert files
    wrong = [
        f"{path.relative_to(REPOSITORY)}:{line}: {name} {reason}"
        for path in files
        for line, name in imports(path)
        if (reason := verdict(room, name))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("room", "name"),
    [
        ("media_server.audio", "asyncio"),
        ("media_server.audio", "aiortc"),
        ("media_server.audio", "media_server.ports"),
        ("media_server.interview", "time"),
        ("media_server.interview", "media_server.audio.types"),
        ("media_server.dialects", "media_server.config"),
        ("media_server.rtc", "media_server.live"),
        ("media_server.stt", "media_server.tts"),
        ("media_server.stt", "media_server.config"),
        ("media_server.live", "aiohttp"),
        ("media_server.live", "signaling"),
        ("media_server.live", "media_server.cli"),
        ("media_server.live", "media_server.dialects.interview_v1"),
        ("media_server.live", "media_server.dialects.native"),
        ("media_server.rtc", "media_server.dialects.registry"),
        ("signaling", "media_server.dialects.interview_v1"),
        ("signaling", "media_server.live.interview_service"),
        ("signaling", "aiortc"),
    ],
)
def test_the_table_forbids(room: str, name: str) -> None:
    assert verdict(room, name)
