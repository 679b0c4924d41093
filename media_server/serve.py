"""`media-server serve`: from the configuration to "ready", and from SIGTERM to a clean end."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from aiohttp import web

import signaling
from media_server import collector, fd_limit
from media_server.app import OpenService, create_app
from media_server.beat import Heart, Watcher
from media_server.config import Config
from media_server.entrance import Entrance, person_url
from media_server.http_connections import LimitedSite
from media_server.listening import CannotServe, bind, families_of
from media_server.ports import EngineUnavailable, Public, Readiness, StoreUnavailable, SttStatus
from media_server.roles import SINGLE, Role
from media_server.rtc.udp import CannotBind, local_addresses
from media_server.start_screen import Fact, StartScreen, engines, keys
from media_server.stopping import EXIT_OK, Stopping
from media_server.tenants import TenantsError
from media_server.worker_socket import WorkerSite, add_routes

logger = logging.getLogger(__name__)

__all__ = ["CannotServe", "Server", "bind", "person_url", "reachable_urls", "serve"]

EXIT_FAILED = 1
MAX_URLS = 4
MIN_FREE_BYTES = 50_000_000
_POLL_S = 0.2


SWITCH_S = 0.001
"""How long a thread that works may keep Python's lock from the event loop, five times shorter than
Python's own: the loop has sound to send every 20 ms, and waits so long each time it wakes."""


def serve(config: Config, watcher: Watcher | None = None, role: Role = SINGLE) -> int:
    """Blocking, until SIGTERM or Ctrl-C. 0: stopped as asked; 1: could not start."""
    try:
        check_data_dir(config.store.data_dir)
        sys.setswitchinterval(SWITCH_S)
        return asyncio.run(Server(config, watcher=watcher, role=role).run())
    except CannotServe as error:
        print(f"media-server: {error}", file=sys.stderr)  # noqa: T201  # the command's own answer
        return EXIT_FAILED


def check_data_dir(directory: Path) -> None:
    """Raises CannotServe when nothing could be stored there."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = directory / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotServe(_disk_full(directory)) from None
        raise CannotServe(
            f"DATA_DIR {directory.absolute()} cannot be written ({error.strerror}). Give its owner "
            f"write access, or choose another: DATA_DIR=/some/where media-server serve"
        ) from None
    if shutil.disk_usage(directory).free < MIN_FREE_BYTES:
        raise CannotServe(_disk_full(directory))


def _disk_full(directory: Path) -> str:
    return (
        f"the disk of DATA_DIR {directory.absolute()} is full: under "
        f"{MIN_FREE_BYTES // 1_000_000} MB are left. Free some space, or choose another directory: "
        "DATA_DIR=/some/where media-server serve"
    )


@runtime_checkable
class GivesBack(Protocol):
    """A service that can leave its interviews to other servers without being closed whole."""

    async def give_back(self) -> None: ...


@runtime_checkable
class Describes(Protocol):
    """A service that can say who listens and who speaks."""

    def transcription(self) -> SttStatus: ...
    def voice(self) -> str: ...


class Server:
    """One run of the server. `say` gets the lines a person reads; `open_service` as in `app`."""

    def __init__(
        self,
        config: Config,
        *,
        say: Callable[[str], None] | None = None,
        open_service: OpenService | None = None,
        watcher: Watcher | None = None,
        role: Role = SINGLE,
    ) -> None:
        self._config = config
        self._role = role
        self._open_service = open_service
        self._speaks = role.number <= 1 and not role.beside  # of several workers one is heard
        self._screen = StartScreen(sys.stdout, say if self._speaks else _silence)
        self._watcher = watcher
        self._heart = Heart(watcher) if watcher is not None else None
        self._stopping = Stopping(
            config.http.drain_s,
            let_go=self._let_go,
            interrupts=watcher is None or not watcher.supervised,
        )
        self._stop, self._now = self._stopping.asked, self._stopping.now
        self._service: object = None
        self._giving_back: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Raises CannotServe. What signals do: see `stopping`."""
        self._stopping.listen()
        self._screen.starting()
        if self._heart is not None:
            self._heart.start()
        try:
            code = await self._serve()
            self._screen.stopped()
            return code
        finally:
            if self._heart is not None:
                self._heart.stop()
            self._stopping.close()

    async def _serve(self) -> int:
        http = self._config.http
        entrance = Entrance(http, self._role)
        try:
            app = self._make()
        except CannotServe:
            entrance.close()
            raise
        runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,  # ours names the route, never the path
            keepalive_timeout=30.0,
            lingering_time=1.0,
            shutdown_timeout=5.0,
        )
        try:
            await self._start(runner)
            site = self._site(runner, entrance, app)
            metrics = app[signaling.CONTEXT].metrics
            if self._watcher is not None:
                metrics.restarts.figures = self._watcher.restarts
            await site.start()
            entrance.serves()
            self._service = app[signaling.CONTEXT].service
            self._announce(entrance.address)
            if await self._is_ready(app):
                entrance.ready()
                if self._role.kind == "single":  # of several, their parent knows when
                    self._screen.ready(person_url(self._config, entrance.address))
                if self._watcher is not None:
                    self._watcher.ready()
            collector.tune()
            await self._stop.wait()
            if self._watcher is not None:
                self._watcher.stopping()
            signaling.start_draining(app)
            await self._drain(app)
            return EXIT_OK
        finally:
            await runner.cleanup()
            entrance.close()

    def _site(
        self, runner: web.AppRunner, entrance: Entrance, app: web.Application
    ) -> web.BaseSite:
        """A worker has no limits of its own on connections: the front has them."""
        if entrance.draft is not None:
            fd_limit.raise_limit()
            return WorkerSite(runner, entrance.draft)
        http = self._config.http
        most = fd_limit.connections_for(
            fd_limit.raise_limit(),
            wanted=http.max_connections,
            max_live=self._config.live.max_live,
        )
        site = LimitedSite(
            runner,
            entrance.address,
            max_connections=most,
            per_address=http.max_connections_per_address,
            trusted_proxies=http.trusted_proxies,
        )
        app[signaling.CONTEXT].metrics.connections.figures = site
        return site

    def _make(self) -> web.Application:
        try:
            app = create_app(self._config, open_service=self._open_service, role=self._role)
        except TenantsError as error:
            raise CannotServe(f"MEDIA_SERVER_TENANTS: {'; '.join(error.problems)}") from None
        except OSError as error:
            raise CannotServe(
                f"the secrets in {self._config.store.data_dir}/secrets cannot be used: {error}"
            ) from None
        if self._role.kind == "worker":
            add_routes(app)
        return app

    async def _start(self, runner: web.AppRunner) -> None:
        """A signal while engines warm up stops the start."""
        starting = asyncio.ensure_future(runner.setup())
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
                raise CannotServe("stopped while starting")
            await starting
        except CannotBind as error:
            raise CannotServe(str(error)) from error
        except (EngineUnavailable, StoreUnavailable, ValueError) as error:
            raise CannotServe(f"cannot start: {error}") from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise CannotServe(_disk_full(self._config.store.data_dir)) from error
            raise CannotServe(f"cannot start: {error.strerror or error}") from error
        finally:
            stopping.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)

    def _announce(self, listening: socket.socket) -> None:
        tell, http = self._screen.tell, self._config.http
        if isinstance(self._service, Describes):
            status, voice = self._service.transcription(), self._service.voice()
            for fact in engines(status, voice, self._config.recogniser):
                tell(fact)
        for fact in keys(self._config):
            tell(fact)
        if http.demo_on:
            text = "on, whoever reaches the page may start it (MEDIA_SERVER_DEMO=off)"
            tell(Fact("demo", text))
        elif http.demo is None:
            why = f"HOST={http.host} is reachable"
            if _is_loopback(http.host):
                why = "others reach MEDIA_SERVER_PUBLIC_URL"
            tell(Fact("demo", f"off, because {why} (MEDIA_SERVER_DEMO=on)"))
        if not _is_loopback(listening.getsockname()[0]):
            urls = reachable_urls(listening)
            more = f" and {len(urls) - MAX_URLS} more" if len(urls) > MAX_URLS else ""
            tell(Fact("reachable", f"at {', '.join(urls[:MAX_URLS]) or 'no address'}{more}"))
        if listening.getsockname()[0] == "::" and 4 not in families_of(listening):
            text = (
                "HOST=:: serves IPv6 alone, because this system has no dual-stack sockets; "
                "use HOST=0.0.0.0 where clients come by IPv4"
            )
            tell(Fact("note", text, warning=True))
        if not _is_loopback(listening.getsockname()[0]) and not http.public_url:
            text = (
                "browsers give a microphone only to https:// pages and to localhost; put a "
                "TLS proxy in front and set MEDIA_SERVER_PUBLIC_URL"
            )
            tell(Fact("note", text, warning=True))

    async def _is_ready(self, app: web.Application) -> bool:
        """When it is; False: it was asked to stop before."""
        told: tuple[str, ...] = ()
        started_s = time.monotonic()
        while not self._stop.is_set():
            ready = readiness(app)
            if ready.ready or ready.waits:  # those who have begun before a restart may come back
                return True
            if ready.reasons != told and time.monotonic() - started_s > 2.0:
                told = ready.reasons
                self._screen.line(f"not ready yet: {'; '.join(told)}")
                if not self._speaks:
                    who, why = f"worker {self._role.number}", "; ".join(told)
                    logger.warning("%s is not ready yet: %s", Public(who), Public(why))
            await self._pause(_POLL_S)
        return False

    async def _drain(self, app: web.Application) -> None:
        """Calls go on to their next pause or the deadline; then the service tells them `moved`."""
        deadline_s = time.monotonic() + self._config.http.drain_s
        said = False
        while live := readiness(app).live:
            if not said:
                said = True
                wait_s = self._config.http.drain_s
                self._screen.line(f"stopping: {live} in a call, waiting up to {wait_s:g} s")
            if time.monotonic() >= deadline_s or self._now.is_set():
                return
            await asyncio.sleep(_POLL_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            pass

    def _let_go(self) -> None:
        if isinstance(self._service, GivesBack) and self._giving_back is None:
            self._giving_back = asyncio.ensure_future(self._service.give_back())


def _silence(_line: str) -> None:
    """Another worker has said it."""


def readiness(app: web.Application) -> Readiness:
    return app[signaling.CONTEXT].readiness()


def reachable_urls(listening: socket.socket) -> list[str]:
    """Where other machines find it, as far as this one knows its addresses."""
    host, port = listening.getsockname()[:2]
    address = ipaddress.ip_address(host)
    found = [address]
    if address.is_unspecified:
        local = map(ipaddress.ip_address, local_addresses())
        families = families_of(listening)
        found = [a for a in local if a.version in families and not a.is_loopback]
    return [f"http://{a}:{port}" if a.version == 4 else f"http://[{a}]:{port}" for a in found]


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback
