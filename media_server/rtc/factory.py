"""The transport that the settings name."""

from __future__ import annotations

import time

from media_server.ports import Clock
from media_server.rtc.full_path import FullNetwork
from media_server.rtc.lite_network import LiteNetwork
from media_server.rtc.settings import RtcSettings
from media_server.rtc.transport import RtcTransport


def create_transport(
    settings: RtcSettings | None = None, *, clock: Clock | None = None
) -> RtcTransport:
    """Not started yet. Without settings: the defaults. Without a clock: the process's monotonic
    one."""
    settings = settings or RtcSettings()
    now_s = clock.now_s if clock is not None else time.monotonic
    kind = FullNetwork if settings.transport == "full" else LiteNetwork
    return RtcTransport(settings, kind(settings, now_s), now_s)
