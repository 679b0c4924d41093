"""The files of deploy/ in the proxies they are written for, before a real HTTP side.

A proxy that is not installed is skipped, also in CI: they are tried where an operator has them
(`apt-get install nginx-light caddy haproxy`).
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import signaling
from media_server.http_connections import LimitedSite, listen
from media_server.http_settings import HttpSettings
from tests.signaling.conftest import API, OFFER, SECRETS, SPEC, Clock
from tests.signaling.memory_service import MemoryService
from tests.support.env import REPOSITORY, free_port

NAME = "interviews.example.org"
START_S = 20.0


@dataclass(frozen=True)
class Certificate:
    chain: Path
    key: Path
    both: Path


@dataclass(frozen=True)
class Ports:
    http: int
    https: int
    server: int


def _edited(file: str, *changes: tuple[str, str]) -> str:
    """The file as it is shipped but for ports and paths; each change must find its place."""
    text = (REPOSITORY / "deploy" / file).read_text()
    for old, new in changes:
        assert old in text, f"{file} has no {old!r}"
        text = text.replace(old, new)
    return text


def _nginx(directory: Path, ports: Ports, certificate: Certificate) -> list[str]:
    site = directory / "site.conf"
    site.write_text(
        _edited(
            "nginx.conf",
            ("127.0.0.1:8080", f"127.0.0.1:{ports.server}"),
            ("listen 80;", f"listen 127.0.0.1:{ports.http};"),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{ports.https} ssl http2;"),
            ("/etc/ssl/interviews/fullchain.pem", str(certificate.chain)),
            ("/etc/ssl/interviews/privkey.pem", str(certificate.key)),
        )
    )
    kept = "".join(
        f"{kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = directory / "nginx.conf"
    main.write_text(
        f"daemon off; worker_processes 1; pid {directory}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off;\n{kept} include {site}; }}\n"
    )
    return ["nginx", "-e", "stderr", "-p", str(directory), "-c", str(main)]


def _caddy(directory: Path, ports: Ports, certificate: Certificate) -> list[str]:
    own = (
        f"{{\n\tadmin off\n\thttp_port {ports.http}\n\thttps_port {ports.https}\n"
        f"\tdefault_bind 127.0.0.1\n\tstorage file_system {directory}\n"
        "\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n"
    )
    file = directory / "Caddyfile"
    file.write_text(
        own
        + _edited(
            "Caddyfile",
            ("127.0.0.1:8080", f"127.0.0.1:{ports.server}"),
            (f"\n{NAME} {{", f"\n{NAME} {{\n\ttls {certificate.chain} {certificate.key}"),
        )
    )
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


def _haproxy(directory: Path, ports: Ports, certificate: Certificate) -> list[str]:
    file = directory / "haproxy.cfg"
    file.write_text(
        _edited(
            "haproxy.cfg",
            ("127.0.0.1:8080", f"127.0.0.1:{ports.server}"),
            ("bind :80\n", f"bind 127.0.0.1:{ports.http}\n"),
            ("bind :443", f"bind 127.0.0.1:{ports.https}"),
            ("/etc/ssl/interviews/interviews.pem", str(certificate.both)),
        )
    )
    return ["haproxy", "-db", "-f", str(file)]


PROXIES: dict[str, Callable[[Path, Ports, Certificate], list[str]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
    "haproxy": _haproxy,
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    directory = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    paths = Certificate(directory / "chain.pem", directory / "key.pem", directory / "both.pem")
    paths.chain.write_bytes(chain)
    paths.key.write_bytes(private)
    paths.both.write_bytes(chain + private)
    return paths


class Visitor:
    """A browser that resolves the name to the proxy under test."""

    def __init__(self, session: aiohttp.ClientSession, ports: Ports, context: ssl.SSLContext):
        self._session = session
        self._context = context
        self.ports = ports

    async def ask(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        headers = {"Host": NAME, **more.pop("headers", {})}
        url = f"https://127.0.0.1:{self.ports.https}{path}"
        response = await self._session.request(
            method,
            url,
            headers=headers,
            ssl=self._context,
            server_hostname=NAME,
            allow_redirects=False,
            **more,
        )
        await response.read()
        return response

    def socket(self, path: str, token: str) -> Any:
        """A WebSocket, as the page opens it."""
        return self._session.ws_connect(
            f"https://127.0.0.1:{self.ports.https}{path}",
            protocols=("interview.v1", f"bearer.{token}"),
            headers={"Host": NAME, "Origin": f"https://{NAME}"},
            ssl=self._context,
            server_hostname=NAME,
        )

    async def plain(self, path: str) -> aiohttp.ClientResponse:
        url = f"http://127.0.0.1:{self.ports.http}{path}"
        return await self._session.get(url, headers={"Host": NAME}, allow_redirects=False)

    async def alpn(self, *protocols: str) -> str | None:
        """Which protocol the proxy chooses."""
        context = ssl.create_default_context(cafile=None)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(list(protocols))
        _, writer = await asyncio.open_connection(
            "127.0.0.1", self.ports.https, ssl=context, server_hostname=NAME
        )
        chosen: str | None = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        await _close(writer)
        return chosen


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):  # the other side was quicker
        await writer.wait_closed()


async def _started(process: asyncio.subprocess.Process, port: int, errors: Path) -> None:
    async with asyncio.timeout(START_S):
        while True:
            if process.returncode is not None:
                pytest.fail(f"the proxy did not start: {errors.read_text()[-2000:]}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            await _close(writer)
            return


async def _stopped(process: asyncio.subprocess.Process) -> None:
    """SIGTERM first: nginx killed outright would leave its workers behind."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@pytest.fixture(params=list(PROXIES))
async def visitor(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: Certificate
) -> AsyncIterator[Visitor]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    settings = HttpSettings(trusted_proxies=("127.0.0.1",), demo_per_minute=1)
    app = signaling.create_app(settings, secrets=SECRETS, service=MemoryService(), now_s=Clock())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    listening = listen("127.0.0.1", 0)
    await LimitedSite(runner, listening, max_connections=100).start()
    ports = Ports(free_port(), free_port(), listening.getsockname()[1])
    errors = tmp_path / "stderr"
    with errors.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *PROXIES[request.param](tmp_path, ports, certificate),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=written,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(tmp_path)},
        )
    try:
        await _started(process, ports.https, errors)
        context = ssl.create_default_context(cafile=str(certificate.chain))
        async with aiohttp.ClientSession() as session:
            yield Visitor(session, ports, context)
    finally:
        await _stopped(process)
        await runner.cleanup()


async def test_an_interview_through_the_proxy(visitor: Visitor) -> None:
    """At the root and under a prefix: every address that is told can be used as it stands."""
    for prefix in ("", "/talk"):
        home = f"https://{NAME}{prefix}"
        made = await visitor.ask("POST", f"{prefix}/v1/interviews", json=SPEC, headers=API)
        created = await made.json()
        assert made.status == 201
        assert created["join_url"].startswith(f"{home}/j/")
        shown = await visitor.ask("GET", made.headers["Location"], headers=API)
        assert (await shown.json())["id"] == created["id"]
        page = await visitor.ask("GET", created["join_url"].removeprefix(f"https://{NAME}"))
        assert (page.status, page.content_type) == (200, "text/html")
        assert "Content-Security-Policy" in page.headers
        spec = await (await visitor.ask("GET", f"{prefix}/openapi.json")).json()
        assert spec["servers"] == [{"url": home}]

        link = created["join_url"].rpartition("/")[2]
        joined = await (await visitor.ask("POST", f"{prefix}/v1/join", json={"link": link})).json()
        bearer = {"Authorization": f"Bearer {joined['token']}"}
        version = joined["page"]["consent"]["version"]
        consent = {"version": version, "accepted": True}
        agreed = await visitor.ask("POST", f"{prefix}/v1/consent", json=consent, headers=bearer)
        assert agreed.status == 204
        async with visitor.socket(joined["text_url"], joined["token"]) as socket:
            await socket.send_str("hello")
            assert (await socket.receive(timeout=5)).data == "echo 'hello'"
        called = await visitor.ask(
            "POST",
            joined["whip_url"],
            data=OFFER,
            headers={**bearer, "Content-Type": "application/sdp"},
        )
        assert called.status == 201
        call_url = called.headers["Location"]
        assert call_url.startswith(f"{prefix}/whip/")
        assert f"<{call_url}>" in called.headers["Link"]
        assert (await visitor.ask("DELETE", call_url, headers=bearer)).status == 200


async def test_tls_http_2_and_the_way_there(visitor: Visitor) -> None:
    assert await visitor.alpn("h2", "http/1.1") == "h2"
    assert await visitor.alpn("http/1.1") == "http/1.1"
    moved = await visitor.plain("/j/x")
    assert moved.status == 308
    assert moved.headers["Location"] == f"https://{NAME}/j/x"
    slash = await visitor.ask("GET", "/talk")
    assert (slash.status, slash.headers["Location"]) == (308, "/talk/")
    assert (await visitor.ask("GET", "/talk/")).status == 200


async def test_what_a_client_pretends_does_not_pass(visitor: Visitor) -> None:
    pretended = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "198.51.100.1",
    }
    made = await visitor.ask("POST", "/v1/demo", headers=pretended)
    assert made.status == 201
    assert (await made.json())["join_url"].startswith(f"https://{NAME}/j/")
    pretended["X-Forwarded-For"] = "198.51.100.2"
    again = await visitor.ask("POST", "/v1/demo", headers=pretended)
    assert again.status == 429, "another address is not believed"


async def test_figures_stay_inside(visitor: Visitor) -> None:
    for path in ("/metrics", "/talk/metrics"):
        assert (await visitor.ask("GET", path)).status == 404
