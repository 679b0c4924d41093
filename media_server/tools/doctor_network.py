"""What `media-server doctor` looks at in the network: HTTP, media, addresses, browsers."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import shutil
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from media_server import fd_limit
from media_server.config import Config
from media_server.rtc.full_path import gather_once
from media_server.rtc.udp import CannotBind, bind_endpoints, small_buffer
from media_server.tools.doctor_report import Finding


def http(config: Config) -> Iterator[Finding]:
    host, port = config.http.host, config.http.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            yield Finding(
                "http", "warn", f"{host}:{port} cannot be had now: {error.strerror}",
                "fine if this server is running there; else choose another: PORT=8081",
            )  # fmt: skip
            return
    yield Finding("http", "ok", f"{host}:{port} is free")
    yield from _descriptors(config)


def _descriptors(config: Config) -> Iterator[Finding]:
    soft, hard = fd_limit.limits()
    wanted, max_live = config.http.max_connections, config.live.max_live
    most = fd_limit.connections_for(hard, wanted=wanted, max_live=max_live)
    text = f"{soft} at the start, raised to {hard}: room for {most} HTTP connections"
    if most == wanted:
        yield Finding("file descriptors", "ok", text)
        return
    needed = wanted + fd_limit.OWN + fd_limit.PER_CANDIDATE * max_live
    yield Finding(
        "file descriptors", "warn", f"{text}, {wanted} are configured",
        f"raise the hard limit to {needed} (ulimit -Hn, LimitNOFILE=, docker run --ulimit), or "
        f"lower MEDIA_SERVER_MAX_CONNECTIONS to {most}",
    )  # fmt: skip


def media(config: Config) -> Iterator[Finding]:
    full = config.rtc.transport == "full"
    try:
        endpoints = bind_endpoints(dataclasses.replace(config.rtc, port=0) if full else config.rtc)
    except CannotBind as error:
        yield Finding("media", "fail", str(error), "set MEDIA_SERVER_RTC_PORT to a free UDP port")
        return
    bound = [endpoint.host for endpoint in endpoints]
    small = None if full else small_buffer(endpoints)
    for endpoint in endpoints:
        endpoint.close()
    if full:
        yield Finding(
            "media", "warn", "full ICE: each call takes UDP ports as the system gives them",
            "a firewall must let in net.ipv4.ip_local_port_range; with one open port use "
            "MEDIA_SERVER_RTC_TRANSPORT=lite",
        )  # fmt: skip
        yield from _ice_servers(config)
    elif config.rtc.port:
        yield Finding("media", "ok", f"UDP port {config.rtc.port} can be bound")
    else:
        yield Finding(
            "media", "warn", "the UDP port is chosen again at each start",
            "behind a firewall set MEDIA_SERVER_RTC_PORT and let that one port in",
        )  # fmt: skip
    if small is not None:
        yield Finding("buffer", "warn", *small)
    if config.rtc.turn_url:
        return  # candidates receive the relay's address and no other
    yield from _offered_addresses(config, bound)


def _ice_servers(config: Config) -> Iterator[Finding]:
    """STUN and TURN by using them: an address of each kind that was asked for, or why not."""
    if not (config.rtc.stun_url or config.rtc.turn_url):
        return
    found = {candidate.type: candidate for candidate in asyncio.run(gather_once(config.rtc))}
    for kind, url, name in (
        ("srflx", config.rtc.stun_url, "MEDIA_SERVER_RTC_STUN_URL"),
        ("relay", config.rtc.turn_url, "MEDIA_SERVER_RTC_TURN_URL"),
    ):
        if not url or (kind == "srflx" and config.rtc.turn_url):
            continue  # behind a relay only its address is offered
        if kind in found:
            yield Finding("ice", "ok", f"{url} gives {found[kind].host}")
        else:
            yield Finding(
                "ice", "fail", f"{url} gave no address within 5 s",
                f"check {name}, its user and password, and that UDP gets there",
            )  # fmt: skip


def _offered_addresses(config: Config, bound: list[str]) -> Iterator[Finding]:
    public = config.rtc.public_ips
    families = {ip_address(address).version for address in bound}
    for address in public:
        version = ip_address(address).version
        if version not in families:
            yield Finding(
                "address", "fail", f"{address} is sent to candidates, but no IPv{version} address "
                "of this machine is bound: nobody would answer there",
                "give the machine one, or take it out of MEDIA_SERVER_PUBLIC_IP",
            )  # fmt: skip
    offered = public or tuple(bound)
    told = f"candidates receive {', '.join(offered)}"
    if not any(ip_address(address).is_global for address in offered):
        yield Finding(
            "address", "warn", f"{told}: nobody outside this network reaches them",
            "fine for trying it here; on the internet set MEDIA_SERVER_PUBLIC_IP",
        )  # fmt: skip
        return
    nat = [address for address in public if address not in bound]
    if nat:
        told += f" (1:1 NAT: {', '.join(nat)} must lead here, on the same UDP port)"
    yield Finding("address", "ok", told)
    if public and 6 in families and not any(ip_address(a).version == 6 for a in public):
        mine = next(
            (a for a in bound if ip_address(a).version == 6 and ip_address(a).is_global), ""
        )
        if mine:
            yield Finding(
                "address", "warn", f"this machine has the IPv6 address {mine}, not told to anybody",
                "name it in MEDIA_SERVER_PUBLIC_IP, too: many mobile networks prefer IPv6",
            )  # fmt: skip


def browser(config: Config) -> Iterator[Finding]:
    url = config.http.public_url
    if url.startswith("https://"):
        yield Finding("browser", "ok", f"{url} is a secure origin: microphones work")
    elif url and urlsplit(url).hostname not in ("localhost", "127.0.0.1"):
        yield Finding(
            "browser", "fail", f"{url} is no secure origin: browsers give it no microphone",
            "put an HTTPS proxy in front and set MEDIA_SERVER_PUBLIC_URL=https://…",
        )  # fmt: skip
    else:
        yield Finding(
            "browser", "ok",
            "localhost is a secure origin; any other name needs HTTPS for the microphone",
        )  # fmt: skip
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None and importlib.util.find_spec("playwright") is not None:
        yield Finding("tests", "warn", "no chromium here: browser tests skip",
                      "apt-get install chromium")  # fmt: skip
