"""What an operator may set about object storage, and what is said of its failures."""

from __future__ import annotations

import pytest

from media_server.store.blobs.objects import in_words
from media_server.store.settings import StoreSettings


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"blobs_url": "http://x/y"}, "s3://bucket/prefix"),
        ({"blobs_url": "s3://UPPER/x"}, "s3://bucket/prefix"),
        ({"blobs_url": "s3://bucket/x?endpoint=y"}, "settings of their own"),
        ({"blobs_url": "s3://bucket", "blobs_access_key": "k"}, "both or none"),
        ({"blobs_endpoint": "https://s3"}, "blobs_url is empty"),
        ({"blobs_url": "s3://bucket", "blobs_endpoint": "s3:9000"}, "https://host:port"),
        ({"blobs_url": "s3://bucket", "blobs_endpoint": "http://u:canary@h"}, "without a password"),
        ({"blobs_url": "s3://bucket", "blobs_endpoint": "http://h:canary"}, "is no URL"),
    ],
)
def test_settings_that_mean_nothing(said: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as raised:
        StoreSettings(**said)  # type: ignore[arg-type]
    assert "canary" not in str(raised.value)


def test_a_secret_is_not_shown() -> None:
    settings = StoreSettings(
        blobs_url="s3://bucket",
        blobs_access_key="k",
        blobs_secret_key="canary",  # noqa: S106
    )
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x status code: 403 Forbidden: <Code>AccessDenied</Code>", "refuses the credentials"),
        ("x status code: 404 y <Code>NoSuchBucket</Code>", "no such bucket"),
        ("x status code: 507 y <Code>Insufficient</Code> http://h/k", "answers 507 Insufficient"),
        ("Error getting credentials from http://169.254.169.254/", "no credentials"),
        ("error sending request http://canary", "cannot be reached"),
    ],
)
def test_a_failure_is_said_without_what_the_library_says(text: str, words: str) -> None:
    assert words in in_words(text)
    assert "http" not in in_words(text)
