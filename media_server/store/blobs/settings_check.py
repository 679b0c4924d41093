"""Whether the settings of object storage can mean what was meant. Loads no client."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9/._=-]*")


class ObjectSettings(Protocol):
    """Those of `StoreSettings` that say where the object storage is."""

    @property
    def blobs_url(self) -> str:
        """s3://bucket/prefix; empty: there is none."""

    @property
    def blobs_endpoint(self) -> str:
        """Empty: Amazon's of the region."""

    @property
    def blobs_region(self) -> str:
        """Empty: as the environment says."""

    @property
    def blobs_access_key(self) -> str:
        """Empty: as the environment says."""

    @property
    def blobs_secret_key(self) -> str:
        """Shown to nobody."""


def check_blobs(said: ObjectSettings) -> None:
    """Raises ValueError, naming the setting; it repeats no value."""
    keys = (said.blobs_access_key, said.blobs_secret_key)
    if not said.blobs_url:
        if any((said.blobs_endpoint, said.blobs_region, *keys)):
            raise ValueError("blobs_url is empty, so the other blobs_ settings mean nothing")
        return
    try:
        parts, endpoint = urlsplit(said.blobs_url), urlsplit(said.blobs_endpoint)
        _ = endpoint.port
    except ValueError:
        raise ValueError("blobs_url, blobs_endpoint: one of them is no URL") from None
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc):
        raise ValueError("blobs_url: write s3://bucket/prefix")
    if parts.query or parts.fragment or not _PREFIX.fullmatch(parts.path):
        raise ValueError(
            "blobs_url: a prefix is of A-Z a-z 0-9 / . _ = -; endpoint, region and keys have "
            "settings of their own"
        )
    if said.blobs_endpoint and (
        endpoint.scheme not in ("http", "https")
        or not endpoint.hostname
        or "@" in endpoint.netloc
        or endpoint.query
    ):
        raise ValueError("blobs_endpoint: write https://host:port, without a password")
    if bool(keys[0]) != bool(keys[1]):
        raise ValueError("blobs_access_key and blobs_secret_key: set both or none")
