"""Object storage as a process of its own, and a proxy before it that makes it slow, full or ill.

It is moto in server mode: it speaks S3 over HTTP and keeps objects in memory. It checks no
signatures and is no MinIO, Ceph or Amazon: what only those do is not tested here. Refused
credentials are what the proxy says.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import obstore
from aiohttp import web
from obstore.store import MemoryStore

from media_server.store.settings import StoreSettings
from tests.support.env import free_port

_START_TIMEOUT_S = 120.0
BUCKET = "interviews"
KEYS = {"blobs_access_key": "test-key-id", "blobs_secret_key": "canary-secret-access-key"}


def start_client_threads() -> None:
    """Those of obstore, which stay until the process ends."""
    obstore.put(MemoryStore(), "started", b"")


class S3Server:
    """One moto_server on a free loopback port, with an empty bucket."""

    def __init__(self, directory: Path) -> None:
        self._log = directory / "moto.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers and the bucket is there."""
        code = "from moto.server import main; import sys; main(sys.argv[1:])"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, "-H", "127.0.0.1", "-p", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.endpoint + "/moto-api/", timeout=2).close()  # noqa: S310
                break
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"moto_server did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)
        self.client().create_bucket(Bucket=BUCKET)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def client(self) -> Any:
        import boto3  # noqa: PLC0415  # a quarter of a second that most tests need not wait for

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test-key-id",
            aws_secret_access_key=KEYS["blobs_secret_key"],
        )

    def stored(self, prefix: str = "") -> list[str]:
        found = self.client().list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def clear(self) -> None:
        """An empty bucket, which may have been deleted."""
        client = self.client()
        with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=BUCKET)
        for key in self.stored():
            client.delete_object(Bucket=BUCKET, Key=key)

    def settings(self, data_dir: Path, *, endpoint: str = "", **more: object) -> StoreSettings:
        said: dict[str, object] = {
            "data_dir": data_dir,
            "blobs_url": f"s3://{BUCKET}/pre/fix",
            "blobs_endpoint": endpoint or self.endpoint,
            "blobs_region": "us-east-1",
            **KEYS,
        }
        return StoreSettings(**(said | more))  # type: ignore[arg-type]


Fault = Callable[[web.Request], web.Response | float | None]
"""An answer instead of the storage's; seconds until it is asked; None: it is asked at once."""


def refusal(status: int, code: str) -> web.Response:
    """As S3 says it, with things that belong in no log."""
    return web.Response(
        status=status,
        content_type="application/xml",
        text=f"<Error><Code>{code}</Code><Message>m</Message>"
        "<AWSAccessKeyId>canary-key-id</AWSAccessKeyId></Error>",
    )


class FaultyProxy:
    """Hands requests on as they are, unless `fault` says otherwise."""

    def __init__(self, server: S3Server) -> None:
        self._server = server
        self.fault: Fault = lambda _: None
        self.asked: list[tuple[str, str]] = []
        self.endpoint = ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[FaultyProxy]:
        app = web.Application(client_max_size=100_000_000)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.endpoint = "http://{}:{}".format(*runner.addresses[0][:2])
        try:
            async with aiohttp.ClientSession(auto_decompress=False) as self._session:
                yield self
        finally:
            await runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        fault = self.fault(request)
        if isinstance(fault, web.Response):
            await request.read()
            return fault
        if fault is not None:
            await asyncio.sleep(fault)
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        async with self._session.request(
            request.method,
            self._server.endpoint + request.raw_path,
            headers=headers,
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            body = await answer.read()
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in ("transfer-encoding", "connection", "date", "server")
            }
            if request.method != "HEAD":
                kept["Content-Length"] = str(len(body))
            return web.Response(status=answer.status, headers=kept, body=body)
