"""How busy the service in memory says that it is."""

from __future__ import annotations

from media_server.ports import Readiness
from media_server.ports.load import LoadFigures


def of(ready: Readiness) -> LoadFigures:
    """Its places, and a machine that has little to do."""
    return LoadFigures(
        in_call=ready.live,
        kept=0,
        capacity=ready.capacity,
        loop_lag_p99_s=0.001,
        cpu_cores=0.1,
        machine_cpu=0.2,
        stt_wait_s=0.0,
        rss_bytes=120_000_000,
        memory_available_bytes=4_000_000_000,
        open_files=60,
        open_files_limit=1024,
        refuses=ready.reasons,
        retry_after_s=ready.retry_after_s,
    )
