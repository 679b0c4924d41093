"""What an operator may set about storing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from media_server.redis_link.urls import SCHEMES, url_problem

SQLITE_NAME = "interviews.sqlite3"

OUTBOX_KEPT = 1_000
"""Rows per interview, on both stores. A reader that falls behind further reads the log instead: a
row only says which entries are new."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    data_dir: Path = Path("data")
    """Everything the server writes lies below it, readable by its user alone."""
    store_url: str = ""
    """Log, leases and spool: "" or sqlite:///absolute/path for one machine; redis://,
    rediss:// or unix:// for several. Recordings always are files in `data_dir`."""
    redis_prefix: str = "ms"
    audio_days: int | None = 90
    """Days after the end until recordings go, where the interview does not say; None: never."""
    transcript_days: int | None = 180
    log_days: int | None = 365
    """Days after the end, or after the last sign of life, until all of it goes."""
    retention_interval_s: float = 3600.0
    min_free_mb: int = 500
    """With less room on a disk below `data_dir` no new candidate is let in; those under way go
    on. An hour of one candidate takes up to 60 MB until it is over, 30 MB of it for longer."""

    def __post_init__(self) -> None:
        """Raises ValueError, naming the setting."""
        if problem := url_problem(self.store_url):
            raise ValueError(f"store_url: {problem}")
        scheme = urlsplit(self.store_url).scheme
        if scheme not in {"", "sqlite", *SCHEMES}:
            raise ValueError(
                f"store_url: {scheme}:// is not known; use sqlite:///path or redis://host:port/0"
            )
        if scheme == "" and self.store_url:
            raise ValueError("store_url: write sqlite:///absolute/path or redis://host:port/0")
        for name in ("audio_days", "transcript_days", "log_days"):
            days = getattr(self, name)
            if days is not None and days < 0:
                raise ValueError(f"{name}: a number of days, or none for ever")
        if self.min_free_mb < 0:
            raise ValueError("min_free_mb: 0 or more")
        if self.retention_interval_s <= 0:
            raise ValueError("retention_interval_s: more than 0")

    @property
    def uses_redis(self) -> bool:
        return urlsplit(self.store_url).scheme in SCHEMES

    @property
    def sqlite_path(self) -> Path:
        """Raises ValueError for a relative or empty path in `store_url`."""
        if not self.store_url:
            return self.data_dir / SQLITE_NAME
        path = urlsplit(self.store_url).path
        if not path or path == "/":
            raise ValueError("store_url: sqlite:// needs an absolute path, sqlite:///var/lib/…")
        return Path(path)
