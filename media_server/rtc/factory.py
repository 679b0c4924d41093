"""The transport that the settings name."""

from __future__ import annotations

from media_server.ports import Clock
from media_server.rtc.full_ice import FullIceTransport
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import LiteTransport


def create_transport(settings: RtcSettings, *, clock: Clock | None = None) -> LiteTransport:
    """Not started yet."""
    kind = FullIceTransport if settings.transport == "full" else LiteTransport
    return kind(settings, clock=clock)
