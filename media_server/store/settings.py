"""What an operator may set about storing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from media_server.redis_link.urls import SCHEMES, url_problem
from media_server.setting import DAYS, check_ranges, setting
from media_server.store.blobs.settings_check import check_blobs

SQLITE_NAME = "interviews.sqlite3"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where everything is kept and for how long. Checked when it is made."""

    data_dir: Path = setting(
        Path("data"),
        "Everything the server writes lies below it, readable by its user alone.",
        example="/var/lib/media-server",
        variable="DATA_DIR",
    )
    store_url: str = setting(
        "",
        """Where log, leases and spool are. Empty: SQLite in `data_dir`; sqlite:///absolute/path:
        SQLite there; redis://, rediss:// or unix://: a Redis that several machines share. Where
        recordings are `blobs_url` says.""",
        example="redis://localhost:6379/0",
    )
    redis_prefix: str = setting(
        "ms",
        """What every key in Redis begins with. Servers with the same prefix share their interviews;
        give each installation on one Redis its own.""",
        example="ms-staging",
    )
    blobs_url: str = setting(
        "",
        """Where recordings and clips are kept. Empty: files in `data_dir`; s3://bucket/prefix: S3
        or what speaks like it, so that every server of one store reaches them all. They are written
        to `data_dir` first and go there when a call ends. One prefix per installation.""",
        example="s3://interviews/production",
    )
    blobs_endpoint: str = setting(
        "",
        """Address of a storage that is not Amazon's, such as MinIO, Ceph or Garage. Empty: what
        AWS_ENDPOINT_URL says, else Amazon's of the region.""",
        example="https://s3.internal:9000",
    )
    blobs_region: str = setting(
        "",
        "Region of the bucket. Empty: what AWS_REGION says, else us-east-1.",
        example="eu-west-1",
    )
    blobs_access_key: str = setting(
        "",
        """Id of the access key. Empty: AWS_ACCESS_KEY_ID, or short-lived credentials as on Amazon's
        machines (web identity, container, instance).""",
        example="AKIAIOSFODNN7EXAMPLE",
    )
    blobs_secret_key: str = setting(
        "",
        "The secret that belongs to `blobs_access_key`.",
        example="the-secret-access-key",
        secret=True,
    )
    blobs_part_s: float = setting(
        300.0,
        """While a call runs, what was recorded of it goes to the object storage this often, for the
        day on which a machine is lost with its disk: no more than this is lost then. 0: only when
        the call ends. Each byte is sent twice where it is on.""",
        allowed=(0, 3600),
    )
    audio_days: int | None = setting(
        90,
        """Days after the end of an interview until its recording is deleted, where the interview
        does not say. none: never. An interview with `record_audio: false` has no recording; what it
        still has to write down is deleted within two days, whatever this says.""",
        allowed=DAYS,
    )
    transcript_days: int | None = setting(
        180,
        """Days after the end of an interview until the words of its answers are deleted, where the
        interview does not say. none: never.""",
        allowed=DAYS,
    )
    log_days: int | None = setting(
        365,
        """Days after the end of an interview, or after its last sign of life, until all of it is
        deleted. none: never.""",
        allowed=DAYS,
    )
    retention_interval_s: float = setting(
        3600.0,
        "How often it is looked for what has to be deleted by the settings above.",
        allowed=(1, 86_400),
    )
    min_free_mb: int = setting(
        500,
        """With less room on a disk below `data_dir` no new candidate is let in; those under way go
        on. An hour of one candidate takes up to 60 MB until it is over, 30 MB of it for longer.""",
        allowed=(0, 100_000_000),
    )

    def __post_init__(self) -> None:
        """Raises ValueError, naming the setting."""
        check_ranges(self)
        check_blobs(self)
        if problem := url_problem(self.store_url):
            raise ValueError(f"store_url: {problem}")
        scheme = urlsplit(self.store_url).scheme
        if scheme not in {"", "sqlite", *SCHEMES}:
            raise ValueError(
                f"store_url: {scheme}:// is not known; use sqlite:///path or redis://host:port/0"
            )
        if scheme == "" and self.store_url:
            raise ValueError("store_url: write sqlite:///absolute/path or redis://host:port/0")

    @property
    def uses_redis(self) -> bool:
        """Whether log, leases and spool are in Redis. Recordings never are (`blobs_url`)."""
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
