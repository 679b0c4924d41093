"""Turns as OpenTelemetry spans, where the environment names a collector; else nothing of it.

The standard variables say where to and how (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
`OTEL_TRACES_SAMPLER` ...); they are read by OpenTelemetry's own library, which is the extra `otel`.
What is sent has ids and numbers, and no word of anybody.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from media_server.ports.turn_trace import Traced

logger = logging.getLogger(__name__)

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
CLOSE_S = 3.0
"""What is left to send at the end has so long; a collector that hangs holds nothing up."""


class Finishing(Protocol):
    """`live.turn_traces.TurnTraces`."""

    on_finished: Callable[[Traced], None] | None


class Spans(Protocol):
    """`turn_spans.TurnSpans`."""

    def send(self, traced: Traced) -> None: ...
    def close(self, timeout_s: float) -> None: ...


class Tracing:
    """One per process. `open` before the first turn, `close` after the last; no call waits."""

    def __init__(self, turns: Finishing, server: str, environ: Mapping[str, str] = os.environ):
        self._turns = turns
        self._server = server
        self._environ = environ
        self._spans: Spans | None = None

    async def open(self) -> None:
        """Send each turn that finishes from now on, where that is asked for and possible. What
        stands in the way is logged: a server that cannot be traced still serves."""
        if not wanted(self._environ):
            return
        self._spans = await asyncio.to_thread(_spans, self._server)
        if self._spans is not None:
            self._turns.on_finished = self._send

    def _send(self, traced: Traced) -> None:
        """On the way of a call's sound, which must not end for a span."""
        try:
            if self._spans is not None:
                self._spans.send(traced)
        except Exception as error:
            turn_id, kind = traced.turn_id or "none", type(error).__name__
            logger.warning("turn=%s: its spans could not be made: %s", turn_id, kind)

    async def close(self) -> None:
        """Bounded by CLOSE_S."""
        self._turns.on_finished = None
        if self._spans is not None:
            await asyncio.to_thread(self._spans.close, CLOSE_S)


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for spans of this program, by OTLP over HTTP."""
    named = [environ.get(name, "").strip() for name in _ENDPOINTS]
    endpoint = next((one for one in named if one), "")
    if not endpoint:
        return False
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = environ.get("OTEL_TRACES_EXPORTER", "otlp").strip() or "otlp"
    if "otlp" not in [one.strip() for one in exporters.split(",")]:
        return False
    protocol = next((environ[name].strip() for name in _PROTOCOLS if environ.get(name)), "")
    if protocol not in ("", "http/protobuf"):
        logger.warning(
            "OTEL_EXPORTER_OTLP_PROTOCOL asks for another protocol than http/protobuf, the only "
            "one here: no spans are sent. Leave it out, and name the collector's port for HTTP"
        )
        return False
    if not endpoint.lower().startswith(("http://", "https://")):
        logger.warning(
            "OTEL_EXPORTER_OTLP_ENDPOINT does not begin with http:// or https://: no spans are "
            "sent. It has the form http://127.0.0.1:4318"
        )
        return False
    return True


def trace_id_of(turn_id: str) -> int:
    """The trace of a turn: the first 16 bytes of the SHA-256 of its id. So a line of the log that
    names a turn leads to its trace without a search."""
    return int.from_bytes(hashlib.sha256(turn_id.encode()).digest()[:16], "big")


def span_id_of(turn_id: str) -> int:
    """The span of the whole turn in its trace: the 8 bytes after those. So what is known before
    the turn is over, and after it was answered, finds its place below it."""
    return int.from_bytes(hashlib.sha256(turn_id.encode()).digest()[16:24], "big")


def _spans(server: str) -> Spans | None:
    try:
        from media_server.turn_spans import TurnSpans  # noqa: PLC0415  # an extra, and slow to load

        return TurnSpans.over_http(server)
    except ImportError:
        logger.warning(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed: no spans are "
            'sent. Install it with pip install "media-server[otel]", or from requirements/otel.lock'
        )
    except Exception as error:  # the library has its own for each variable
        # The type alone: the text may quote an address with a password in it.
        logger.warning("no spans are sent: a variable OTEL_... is wrong: %s", type(error).__name__)
    return None
