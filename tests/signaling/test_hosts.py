"""Which name a generated link begins with."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from media_server.config import ConfigError, load_config
from media_server.http_settings import HttpSettings
from signaling.hosts import believed_host, local_host
from tests.signaling.conftest import API, SPEC, open_house

LOCAL = "192.168.1.5:8080"


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("localhost:9000", "localhost:9000"),  # a forwarded port of this machine
        ("LocalHost", "LocalHost"),
        ("page.localhost:8080", "page.localhost:8080"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("127.9.9.9", "127.9.9.9"),
        ("[::1]:8080", "[::1]:8080"),
        ("192.168.1.5:8080", "192.168.1.5:8080"),  # `HOST=0.0.0.0 make run`, opened on the LAN
        ("192.168.1.5", "192.168.1.5"),  # port 80 led here
        ("Jobs.Example.org:8443", "Jobs.Example.org:8443"),  # named without a port: any
        ("203.0.113.7:8080", "203.0.113.7:8080"),
        ("203.0.113.7:9090", LOCAL),  # named with another port
        ("evil.example", LOCAL),
        ("jobs.example.org.evil.example", LOCAL),
        ("localhost.evil.example", LOCAL),
        ("192.168.1.6:8080", LOCAL),
        ("0.0.0.0", LOCAL),
        ("127.1", LOCAL),
        ("jobs.example.org/x", LOCAL),
        ("jobs.example.org@evil.example", LOCAL),
        ("[::1", LOCAL),
        ("", LOCAL),
    ],
)
def test_what_is_believed(header: str, shown: str) -> None:
    allowed = ("jobs.example.org", "203.0.113.7:8080")
    assert believed_host(header, allowed=allowed, local=LOCAL) == shown


@pytest.mark.parametrize(
    ("sockname", "scheme", "host"),
    [
        (("10.0.0.5", 8080), "http", "10.0.0.5:8080"),
        (("10.0.0.5", 80), "http", "10.0.0.5"),
        (("10.0.0.5", 443), "https", "10.0.0.5"),
        (("10.0.0.5", 80), "https", "10.0.0.5:80"),
        (("2001:db8::1", 8080, 0, 0), "http", "[2001:db8::1]:8080"),
        (("fe80::1%eth0", 8080, 0, 2), "http", "[fe80::1]:8080"),
        (("::ffff:10.0.0.5", 8080, 0, 0), "http", "10.0.0.5:8080"),
        ("/run/media.sock", "http", "127.0.0.1:8081"),
        (None, "http", "127.0.0.1:8081"),
    ],
)
def test_our_end_of_a_connection(sockname: object, scheme: str, host: str) -> None:
    assert local_host(sockname, scheme=scheme, default=("127.0.0.1", 8081)) == host


async def _join_url(settings: HttpSettings, **headers: str) -> Any:
    house = await open_house(settings)
    try:
        made = await house.client.post("/v1/interviews", json=SPEC, headers={**API, **headers})
        assert made.headers["Location"].startswith("/v1/interviews/"), "a path is always right"
        return (await made.json())["join_url"], f"http://127.0.0.1:{house.client.port}/j/"
    finally:
        await house.client.close()


async def test_a_host_that_nobody_configured_is_in_no_link(
    caplog: pytest.LogCaptureFixture,
) -> None:
    url, own = await _join_url(HttpSettings(), Host="evil.example")
    assert url.startswith(own)
    assert "MEDIA_SERVER_PUBLIC_URL" in caplog.text, "the operator is told what to set"
    assert "evil" not in caplog.text
    settings = HttpSettings(allowed_hosts=("jobs.example.org",))
    url, _ = await _join_url(settings, Host="jobs.example.org:8080")
    assert url.startswith("http://jobs.example.org:8080/j/")


async def test_a_proxy_that_says_nothing_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    """`proxy_pass` alone: the Host is the upstream's address, which no candidate reaches."""
    url, own = await _join_url(HttpSettings(), **{"X-Forwarded-For": "203.0.113.9"})
    assert url.startswith(own), "what else could it be"
    assert "came through a proxy" in caplog.text
    caplog.clear()
    await _join_url(HttpSettings())
    assert "proxy" not in caplog.text


async def test_a_request_of_http_1_0_may_come_from_a_proxy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """nginx speaks HTTP/1.0 to its upstream unless it is told otherwise."""
    house = await open_house()
    try:
        reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
        writer.write(b"POST /v1/demo HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        async with asyncio.timeout(20):
            assert b"201" in await reader.readline()
        writer.close()
        await writer.wait_closed()
    finally:
        await house.client.close()
    assert "came through a proxy" in caplog.text


def test_names_that_are_allowed() -> None:
    told = {"MEDIA_SERVER_PUBLIC_IP": "203.0.113.7,2001:db8::7"}
    assert load_config(told).http.allowed_hosts == ("203.0.113.7", "[2001:db8::7]")
    for wrong in ("https://jobs.example.org", "jobs.example.org/x", "Jobs.example.org"):
        with pytest.raises(ConfigError, match="allowed_hosts"):
            load_config({"MEDIA_SERVER_ALLOWED_HOSTS": wrong})
