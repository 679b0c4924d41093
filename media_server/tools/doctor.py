"""`media-server doctor`: what works on this machine, what does not, and how to fix each."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import json
import os
import shutil
import socket
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from media_server import fd_limit
from media_server.audio import opus
from media_server.config import Config
from media_server.llm import factory as llm
from media_server.model_files import models_dir, pulled, unfinished
from media_server.ports import EngineUnavailable, StoreUnavailable
from media_server.redis_link.failures import RedisFailure
from media_server.redis_link.urls import place_of
from media_server.rtc.full_path import gather_once
from media_server.rtc.udp import CannotBind, bind_endpoints, small_buffer
from media_server.store.factory import create_stores
from media_server.stt import factory as stt
from media_server.stt.remote.redis_streams import connect as queue_link
from media_server.tools.model_catalogue import Entry
from media_server.tools.model_download import find_problem_of
from media_server.tts import factory as tts

Level = Literal["ok", "warn", "fail"]
_MARKS: dict[str, tuple[str, str]] = {
    "ok": ("ok  ", "\033[32m"),
    "warn": ("warn", "\033[33m"),
    "fail": ("FAIL", "\033[31m"),
}
_WIDTH = 80
_MIN_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    area: str
    level: Level
    what: str
    mend: str = ""


def run_doctor(config: Config, as_json: bool) -> int:
    """Print the findings; 1 when something fails, else 0."""
    findings = list(examine(config))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        for line in render(findings, colour=colour):
            print(line)
    return int(any(finding.level == "fail" for finding in findings))


def examine(config: Config) -> Iterator[Finding]:
    """Every check; a check that itself breaks is a finding, too."""
    checks: tuple[Callable[[Config], Iterable[Finding]], ...] = (
        _python, _codec, _recogniser, _voice, _models, _language_model, _data_dir, _store, _queue,
        _http, _media, _browser,
    )  # fmt: skip
    for check in checks:
        try:
            yield from check(config)
        except Exception as error:
            name = check.__name__.strip("_")
            yield Finding(name, "fail", f"the check failed: {type(error).__name__}: {error}")


def render(findings: Iterable[Finding], *, colour: bool) -> Iterator[str]:
    counts = {"ok": 0, "warn": 0, "fail": 0}
    for finding in findings:
        counts[finding.level] += 1
        mark, tint = _MARKS[finding.level]
        shown = f"{tint}{mark}\033[0m" if colour else mark
        lines = textwrap.wrap(f"{finding.area}: {finding.what}", _WIDTH - 6) or [""]
        yield f"{shown}  {lines[0]}"
        yield from (f"      {line}" for line in lines[1:])
        if finding.mend and finding.level != "ok":
            advice = textwrap.wrap(finding.mend, _WIDTH - 8)
            yield f"      → {advice[0]}"
            yield from (f"        {line}" for line in advice[1:])
    yield f"\n{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failing"


def _python(config: Config) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "ok", version)
    cores, wanted = os.cpu_count() or 1, config.stt.workers * config.stt.threads
    level: Level = "ok" if wanted < cores or cores == 1 else "warn"
    yield Finding(
        "processor",
        level,
        f"{cores} cores, {config.stt.workers} recogniser workers of {config.stt.threads} threads",
        "leave one core to the media loop: fewer MEDIA_SERVER_STT_WORKERS or _THREADS",
    )


def _codec(_config: Config) -> Iterator[Finding]:
    try:
        yield Finding("opus", "ok", f"libopus from {opus.library_name()}")
    except opus.OpusUnavailable as error:
        yield Finding("opus", "fail", str(error), "apt-get install libopus0")


def _recogniser(config: Config) -> Iterator[Finding]:
    findings = stt.check(config.stt)
    for finding in findings:
        level: Level = "ok" if finding.usable else "fail"
        if finding.usable and finding.engine == "pocketsphinx":
            level = "warn"
        yield Finding(
            "recogniser",
            level,
            f"{finding.engine}: {finding.detail}",
            "for real interviews: `media-server models pull small`, then "
            "MEDIA_SERVER_STT_ENGINE=faster-whisper and MEDIA_SERVER_STT_MODEL_DIR=small",
        )


def _voice(config: Config) -> Iterator[Finding]:
    for finding in tts.check(config.tts):
        yield Finding("voice", finding.level, f"{finding.name}: {finding.what}", finding.mend)


def _models(config: Config) -> Iterator[Finding]:
    folder = models_dir(config.store.data_dir)
    complete: list[str] = []
    for kind, name in pulled(folder):
        problem = find_problem_of(Entry(kind, name, "", "", ""), folder)
        if problem:
            mend = f"media-server models pull {name}"
            yield Finding("models", "warn", f"{name} is not complete: {problem}", mend)
        else:
            complete.append(name)
    for name in unfinished(folder):
        yield Finding(
            "models", "warn", f"{name} was not fetched to its end",
            f"media-server models pull {name} goes on; or delete {folder / '.partial'}",
        )  # fmt: skip
    if complete:
        yield Finding("models", "ok", f"pulled: {', '.join(complete)}")


def _language_model(config: Config) -> Iterator[Finding]:
    for finding in asyncio.run(llm.check(config.llm)):
        yield Finding("greeting", finding.level, f"{finding.name}: {finding.what}", finding.mend)


def _data_dir(config: Config) -> Iterator[Finding]:
    path = config.store.data_dir
    where = path.absolute()
    existing = next(p for p in (where, *where.parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"x")
    except OSError as error:
        yield Finding(
            "data", "fail", f"{where} cannot be written: {error.strerror}",
            "set DATA_DIR to a directory that this user may write",
        )  # fmt: skip
        return
    free = shutil.disk_usage(existing).free
    yield Finding(
        "data",
        "ok" if free > _MIN_FREE_BYTES else "warn",
        f"{where}, {free / 1e9:.1f} GB free",
        "an hour of audio takes about 15 MB; make room or set DATA_DIR elsewhere",
    )


def _store(config: Config) -> Iterator[Finding]:
    if not config.store.uses_redis:
        yield Finding("store", "ok", "SQLite in DATA_DIR, for one machine")
        return

    async def open_and_close() -> None:
        stores = create_stores(config.store)
        await stores.open()
        await stores.close()

    try:
        asyncio.run(open_and_close())
    except StoreUnavailable as error:
        yield Finding("store", "fail", str(error), "see MEDIA_SERVER_STORE_URL")
    else:
        yield Finding("store", "ok", "Redis answers")


def _queue(config: Config) -> Iterator[Finding]:
    """Nothing where the recognisers of this machine are used without one."""
    if not config.stt.redis_url:
        return

    async def ask() -> None:
        link = queue_link(config.stt.redis_url, logs=False)
        try:
            await link.do("PING")
        finally:
            await link.close()

    try:
        asyncio.run(ask())
    except EngineUnavailable as error:
        yield Finding("stt queue", "fail", str(error))
    except RedisFailure as failure:
        yield Finding("stt queue", "fail", failure.named)
    else:
        where = place_of(config.stt.redis_url)
        yield Finding("stt queue", "ok", f"Redis at {where} answers")


def _http(config: Config) -> Iterator[Finding]:
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


def _media(config: Config) -> Iterator[Finding]:
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


def _browser(config: Config) -> Iterator[Finding]:
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
