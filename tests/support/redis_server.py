"""A real redis-server of the test's own, and the ways to hurt it."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.support.env import free_port, require_tool

_START_TIMEOUT_S = 60.0


class RedisServer:
    """One redis-server on a free loopback port, its files in `directory`.

    The port stays the same over restarts, so that clients can find it again. Without `aof` a
    restart comes back empty; with it, everything written before the last second survives.
    """

    def __init__(
        self, directory: Path, *, aof: bool = False, options: tuple[str, ...] = ()
    ) -> None:
        self._binary = require_tool("redis-server", package="redis-server")
        self._directory = directory
        self._aof = aof
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Returns when the server answers PING."""
        if self.running:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        log = self._directory / "redis.log"
        self._process = subprocess.Popen(
            [
                str(self._binary),
                *("--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self._directory), "--logfile", str(log)),
                *("--save", "", "--daemonize", "no"),
                *("--appendonly", "yes" if self._aof else "no", "--appendfsync", "everysec"),
                *self._options,
            ],
            stdin=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            with contextlib.suppress(OSError):
                if self.command("PING") == b"+PONG":
                    return
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-2_000:] if log.exists() else ""
                self.kill()
                raise RuntimeError(f"redis-server did not start:\n{tail}")
            time.sleep(0.02)

    def stop(self) -> None:
        """SIGTERM: with AOF on, everything is on disk afterwards."""
        if self._process is None:
            return
        self.cont()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL: what was not synced is lost."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def cont(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def restart(self, *, aof: bool | None = None, kill: bool = True) -> None:
        """Die (by SIGKILL unless told otherwise) and come back on the same port.

        `aof=True` reads the append-only file that a server with `aof=True` wrote before.
        """
        if kill:
            self.kill()
        else:
            self.stop()
        if aof is not None:
            self._aof = aof
        self.start()

    def command(self, *words: str, timeout_s: float = 20.0) -> bytes:
        """The first line of the reply to one command, without any client library."""
        payload = b"*%d\r\n" % len(words)
        for word in words:
            encoded = word.encode()
            payload += b"$%d\r\n%s\r\n" % (len(encoded), encoded)
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            connection.sendall(payload)
            reply = b""
            while b"\r\n" not in reply:
                chunk = connection.recv(4096)
                if not chunk:
                    raise ConnectionError("redis-server closed the connection")
                reply += chunk
        return reply.split(b"\r\n", 1)[0]
