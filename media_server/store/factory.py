"""Makes the stores an installation asks for, and owns what they share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from media_server.ports import (
    Blobs,
    Documents,
    EventLog,
    Recordings,
    Spool,
    StoreFigures,
    StoreUnavailable,
)
from media_server.ports.deliveries import Deliveries
from media_server.store.disk import DiskThread, directories, private_directory
from media_server.store.health import StoreHealth
from media_server.store.recordings import DiskRecordings
from media_server.store.settings import StoreSettings
from media_server.store.spool import DiskSpool
from media_server.store.sqlite import SqliteEventLog
from media_server.store.sqlite_deliveries import SqliteDeliveries
from media_server.store.sqlite_documents import SqliteDocuments

if TYPE_CHECKING:
    from media_server.store.blobs.parts import PartedBlobs
    from media_server.store.blobs.uploads import Uploads
    from media_server.store.redis import RedisEventLog
    from media_server.store.redis_spool import RedisSpool

LAST_UPLOADS_S = 3.0
"""At the end, for what has not gone to object storage yet. What does not go stays on the disk."""


class Stores:
    """`log`, `spool`, `recordings`, `blobs`, `documents` and `deliveries`. Call `open` before and
    `close` after their use; do not open or close them one by one."""

    def __init__(
        self,
        settings: StoreSettings,
        disk: DiskThread,
        log: SqliteEventLog | RedisEventLog,
        spool: DiskSpool | RedisSpool,
        recordings: DiskRecordings,
        documents: Documents,
        deliveries: Deliveries,
    ) -> None:
        self.settings = settings
        self.log: EventLog = log
        self.spool: Spool = spool
        self.recordings: Recordings = recordings
        self.documents = documents
        self._uploads: Uploads | None = None
        self._there: PartedBlobs | None = None
        if settings.blobs_url:
            # The client is loaded where it is used.
            from media_server.store.blobs.factory import to_object_storage  # noqa: PLC0415

            self._there, self._uploads = to_object_storage(settings, recordings, log.erased_among)
        self.blobs: Blobs = recordings.blobs
        self.deliveries = deliveries
        self._disk = disk
        self.upkeep = log
        """The log again, with what retention and the owner of a lost log need beyond the contract:
        `redact`, `audit`, `erased_among`, `scrub`, `compact`, and with Redis `restore`."""
        self._spool = spool
        self._recordings = recordings
        places = {
            "DATA_DIR": settings.data_dir,
            "DATA_DIR/recordings": settings.data_dir / "recordings",
        }
        if not settings.uses_redis:
            places["DATA_DIR/spool"] = settings.data_dir / "spool"
            places["the store"] = settings.sqlite_path.parent
        self._health = StoreHealth(log, disk, places, min_free_mb=settings.min_free_mb)
        self.further: list[Callable[[], Mapping[str, float]]] = []
        """Counters of who works with these stores, such as retention."""

    async def open(self) -> None:
        """Make DATA_DIR, then open log, spool and health. Nothing stays open when this raises.

        Raises StoreUnavailable with what to do: the directory cannot be written or Redis is away.
        """
        try:
            private_directory(self.settings.data_dir)
        except OSError as error:
            raise StoreUnavailable(
                f"cannot make {self.settings.data_dir} ({error.strerror}): set data_dir to a "
                "directory this user may write"
            ) from error
        cache = self.settings.data_dir / "cache"
        with contextlib.suppress(OSError):  # an earlier release made it for everybody to list
            if cache.is_dir():
                cache.chmod(0o700)
        await self._disk.start()
        try:
            await self.upkeep.open()
            if not isinstance(self._spool, DiskSpool):
                await self._spool.open()
            await self._health.open()
            if self._uploads is not None:
                await self._uploads.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """What is buffered is written. Safe after a failed `open`; never raises for a store that
        cannot be reached any more."""
        await self._health.close()
        for step in (
            self._recordings.close,
            self._last_uploads,
            self._spool.close,
            self._disk.close,
            self.upkeep.close,
        ):
            with contextlib.suppress(StoreUnavailable):
                await step()

    async def _last_uploads(self) -> None:
        """What a call has just left, as far as there is time: a machine may be gone for good."""
        if self._uploads is not None:
            await self._uploads.close(last_s=LAST_UPLOADS_S)

    async def stored_interviews(self) -> tuple[str, ...]:
        """Those that have something in object storage; () without one. Raises StoreUnavailable."""
        return () if self._there is None else await self._there.interviews()

    async def has_blobs(self, interview_id: str, stored: Collection[str]) -> bool:
        """Here, or in object storage: `stored` are the `stored_interviews` of just now. Raises
        StoreUnavailable."""
        return interview_id in stored or bool(await self._recordings.here.list(interview_id))

    async def audio_directories(self) -> dict[str, float]:
        """Interviews with audio in files of this machine, and when a file was last added or went
        (wall clock). Raises StoreUnavailable."""
        places = [self.settings.data_dir / "recordings"]
        if isinstance(self._spool, DiskSpool):
            places.append(self.settings.data_dir / "spool")
        return await self._disk.call(lambda: directories(*places))

    def troubles(self) -> tuple[str, ...]:
        """Why no new candidate should come, each with what to do; at most 2 s old."""
        return self._health.troubles()

    def figures(self) -> StoreFigures:
        """From memory, at once; what `further` gives is among the counters."""
        counters = {
            name.removesuffix("_total"): value
            for name, value in self.counters().items()
            if name.endswith("_total")
        }
        counters["store_probe_failures"] = float(self._health.failures)
        for further in self.further:
            counters |= further()
        if self._uploads is not None:
            counters |= self._uploads.figures()
        gauges = {
            "spool_failing": self.counters()["spool_failing"],
            "store_ready": float(not self.troubles()),
            "disk_free_bytes": float(min(self._health.free_bytes.values(), default=0)),
        }
        if self._uploads is not None:
            gauges |= self._uploads.gauges()
        return StoreFigures(counters, gauges)

    def counters(self) -> dict[str, float]:
        """For /metrics: totals since the start, and `*_failing` 1 while it lasts."""
        return {
            "spool_packets_written_total": self._spool.counters.written,
            "spool_packets_dropped_total": self._spool.counters.dropped,
            "spool_damaged_total": self._spool.counters.damaged,
            "spool_failing": float(bool(self._spool.failed)),
            "recordings_opened_total": self._recordings.counters.opened,
            "recordings_failed_total": self._recordings.counters.failed,
            "recordings_bytes_total": self._recordings.counters.bytes_written,
        }


def create_stores(settings: StoreSettings) -> Stores:
    """SQLite or Redis by `settings.store_url`, recordings by `blobs_url`. Raises ValueError."""
    disk = DiskThread()
    recordings = DiskRecordings(settings.data_dir / "recordings", disk)
    if settings.uses_redis:
        # The Redis library is a tenth of what a server loads; most installations have none.
        from media_server.store.redis import RedisEventLog  # noqa: PLC0415
        from media_server.store.redis_client import RedisClient  # noqa: PLC0415
        from media_server.store.redis_deliveries import RedisDeliveries  # noqa: PLC0415
        from media_server.store.redis_documents import RedisDocuments  # noqa: PLC0415
        from media_server.store.redis_spool import RedisSpool  # noqa: PLC0415

        client = RedisClient(settings.store_url)
        return Stores(
            settings,
            disk,
            RedisEventLog(client, prefix=settings.redis_prefix),
            RedisSpool(client, prefix=settings.redis_prefix),
            recordings,
            RedisDocuments(client, prefix=settings.redis_prefix),
            RedisDeliveries(client, prefix=settings.redis_prefix),
        )
    log = SqliteEventLog(settings.sqlite_path)
    return Stores(
        settings,
        disk,
        log,
        DiskSpool(settings.data_dir / "spool", disk),
        recordings,
        SqliteDocuments(log.worker),
        SqliteDeliveries(log.worker),
    )
