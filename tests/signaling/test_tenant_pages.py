"""What a tenant has of its own over HTTP: keys that expire, limits, origins, its name."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from media_server import tenant_file
from media_server.http_settings import HttpSettings
from media_server.shades import shades
from media_server.tenant_file import NOTICE, TenantBook
from media_server.tenants import NO_TENANTS, Tenants, key_digest
from tests.signaling.conftest import API, SPEC, Clock, House, bearer, open_house

ACME, BANK = "acme-key-0123456789", "bank-key-0123456789"
EXPIRES_S = Clock().now + 60
OPEN = {"Origin": "https://acme.example"}
CLOSED = {"Origin": "https://bank.example"}
FILE = f"""
[[tenants]]
name = "acme"
cors_origins = ["https://acme.example"]
frame_ancestors = ["https://acme.example"]
branding = {{ name = "Acme", accent = "#884400" }}
limits = {{ requests_per_minute = 5 }}
keys = [{{ sha256 = "{key_digest(ACME).hex()}", scopes = ["read", "write"] }}]

[[tenants]]
name = "bank"
cors_origins = ["https://bank.example"]
keys = [
  {{ sha256 = "{key_digest(BANK).hex()}", scopes = ["read", "write"], expires = {{expires}} }},
]

[[tenants]]
name = "plain"
keys = [{{ sha256 = "{key_digest("plain-key-0123456789").hex()}", scopes = ["write"] }}]
"""
SERVER = HttpSettings(
    cors_origins=("https://server.example",),
    frame_ancestors=("https://server.example",),
    brand_name="The server",
    brand_logo="/client/logo.svg",
    brand_accent="#14576b",
)
Open = Callable[..., Awaitable[House]]


def text() -> str:
    return FILE.replace("{expires}", datetime.fromtimestamp(EXPIRES_S, UTC).isoformat())


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    houses: list[House] = []

    async def open_one(settings: HttpSettings = SERVER, more: str = "") -> House:
        file = tmp_path / "tenants.toml"
        file.write_text(text() + more)
        house = await open_house(settings, tenants=TenantBook(file))
        houses.append(house)
        return house

    yield open_one
    for house in houses:
        await house.client.close()


async def created(house: House, key: str = ACME, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    response = await house.client.post("/v1/interviews", json={**SPEC, **more}, headers=headers)
    assert response.status == 201, await response.text()
    return dict(await response.json())


async def reads(house: House, made: dict[str, Any], origin: dict[str, str]) -> str | None:
    link = made["join_url"].rpartition("/")[2]
    response = await house.client.post("/v1/join", json={"link": link}, headers=origin)
    assert response.status == 200
    return response.headers.get("Access-Control-Allow-Origin")


# --- keys ---------------------------------------------------------------------------------------


async def test_a_key_is_good_until_it_expires(opened: Open) -> None:
    house = await opened()
    await created(house, BANK)
    house.clock.now = EXPIRES_S - 0.1
    await created(house, BANK)
    house.clock.now = EXPIRES_S
    headers = {"Authorization": f"Bearer {BANK}"}
    refused = await house.client.get("/v1/interviews", headers=headers)
    assert refused.status == 401
    assert "expired" in refused.headers["WWW-Authenticate"]


async def test_the_key_of_before_is_the_default_tenants_unless_the_file_names_it(
    opened: Open,
) -> None:
    house = await opened()
    assert (await house.client.get("/v1/interviews", headers=API)).status == 200
    own = "default-key-0123456789"
    named = (
        f'[[tenants]]\nname = "default"\n'
        f'keys = [{{ sha256 = "{key_digest(own).hex()}", scopes = ["read"] }}]\n'
    )
    house = await opened(more=named)
    assert (await house.client.get("/v1/interviews", headers=API)).status == 401
    headers = {"Authorization": f"Bearer {own}"}
    assert (await house.client.get("/v1/interviews", headers=headers)).status == 200


async def test_figures_of_the_server_are_no_tenants(opened: Open) -> None:
    figures = "a-key-for-figures-0123456789"
    house = await opened(HttpSettings(metrics_token=figures, public_url="https://x.example"))
    for wanted, key in (
        (401, ACME),
        (200, figures),
        (200, API["Authorization"]),
    ):
        headers = {"Authorization": f"Bearer {key.removeprefix('Bearer ')}"}
        assert (await house.client.get("/metrics", headers=headers)).status == wanted


async def test_requests_are_counted_by_tenant(opened: Open) -> None:
    house = await opened(HttpSettings())
    await created(house)
    await created(house, BANK)
    await house.client.get("/v1/interviews/iv_1", headers={"Authorization": f"Bearer {BANK}"})
    await house.client.get("/v1/interviews", headers={"Authorization": "Bearer nobodys-key"})
    await house.client.get("/v1/interviews", headers=API)
    figures = await (await house.client.get("/metrics")).text()
    assert 'tenant_requests_total{status="201",tenant="acme"} 1.0' in figures
    assert 'tenant_requests_total{status="404",tenant="bank"} 1.0' in figures
    assert 'tenant_requests_total{status="200",tenant="default"} 1.0' in figures
    assert 'tenant_requests_total{status="401"' not in figures


# --- limits -------------------------------------------------------------------------------------


async def test_a_tenants_requests_are_limited_for_all_of_its_keys(opened: Open) -> None:
    house = await opened()
    headers = {"Authorization": f"Bearer {ACME}"}
    statuses = [(await house.client.get("/v1/interviews", headers=headers)).status for _ in "12345"]
    assert statuses == [200] * 5
    refused = await house.client.get("/v1/interviews", headers=headers)
    wait_s = int(refused.headers["Retry-After"])
    assert (refused.status, wait_s) == (429, 12)
    await created(house, BANK)
    house.clock.now += wait_s
    assert (await house.client.get("/v1/interviews", headers=headers)).status == 200


# --- origins ------------------------------------------------------------------------------------


async def test_only_the_tenants_own_origins_read_an_answer(opened: Open) -> None:
    house = await opened()
    acme, bank = await created(house), await created(house, BANK)
    assert await reads(house, acme, OPEN) == "https://acme.example"
    assert await reads(house, acme, CLOSED) is None
    assert await reads(house, acme, {"Origin": "https://server.example"}) is None
    assert await reads(house, bank, CLOSED) == "https://bank.example"
    plain = await created(house, "plain-key-0123456789")
    assert await reads(house, plain, {"Origin": "https://server.example"}) is not None
    assert await reads(house, plain, OPEN) is None


async def test_a_token_tells_whose_origins_read_an_answer(opened: Open) -> None:
    house = await opened()
    joined = await house.join(await created(house))
    for origin, expected in ((OPEN, OPEN["Origin"]), (CLOSED, None)):
        headers = {**bearer(joined), **origin}
        consent = {"version": joined["page"]["consent"]["version"], "accepted": True}
        given = await house.client.post("/v1/consent", json=consent, headers=headers)
        assert given.status == 204
        assert given.headers.get("Access-Control-Allow-Origin") == expected
    whip = f"/whip/{joined['interview']}"
    refused = await house.client.post(whip, data="", headers={**bearer(joined), **CLOSED})
    assert "Access-Control-Allow-Origin" not in refused.headers


async def test_before_the_interview_is_known_every_tenants_origins_are_let_in(
    opened: Open,
) -> None:
    house = await opened()
    for origin in ("https://acme.example", "https://bank.example", "https://server.example"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await house.client.options("/v1/join", headers=headers)
        assert preflight.headers["Access-Control-Allow-Origin"] == origin
        wrong = await house.client.post("/v1/join", json={"link": "x"}, headers={"Origin": origin})
        assert (wrong.status, wrong.headers["Access-Control-Allow-Origin"]) == (404, origin)
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    preflight = await house.client.options("/v1/join", headers=headers)
    assert "Access-Control-Allow-Origin" not in preflight.headers


async def test_a_call_in_writing_is_opened_from_the_tenants_own_origins(opened: Open) -> None:
    house = await opened()
    joined = await house.join(await created(house))
    protocols = ("interview.v1", f"bearer.{joined['token']}")
    consent = {"version": joined["page"]["consent"]["version"], "accepted": True}
    await house.client.post("/v1/consent", json=consent, headers=bearer(joined))
    url = f"/v1/calls/{joined['interview']}/text"
    async with house.client.ws_connect(url, protocols=protocols, headers=OPEN) as socket:
        await socket.send_str("x")
        assert (await socket.receive_str()).startswith("echo")
    async with house.client.ws_connect(url, protocols=protocols, headers=CLOSED) as socket:
        assert (await socket.receive_json())["code"] == "origin_refused"


async def test_only_the_tenants_own_origins_frame_its_page(opened: Open) -> None:
    house = await opened()
    expected = {
        ACME: "frame-ancestors https://acme.example",
        BANK: "frame-ancestors https://server.example",
    }
    for key, ancestors in expected.items():
        link = (await created(house, key))["join_url"].rpartition("/")[2]
        page = await house.client.get(f"/j/{link}")
        assert page.headers["Content-Security-Policy"].rpartition("; ")[2] == ancestors
    for path in ("/j/iv_1.wrong", "/", f"/j/iv_404.{'x' * 43}"):
        page = await house.client.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://server.example")


# --- branding -----------------------------------------------------------------------------------


async def test_a_page_has_the_name_of_the_interview_else_tenant_else_server(opened: Open) -> None:
    house = await opened()
    own = await house.join(await created(house, branding={"name": "The kitchen"}))
    assert own["page"]["branding"]["name"] == "The kitchen"
    assert own["page"]["branding"]["accent"]["light"]["accent"] == shades("#884400").light.accent
    acme = (await house.join(await created(house)))["page"]["branding"]
    assert (acme["name"], acme["logo"]) == ("Acme", None), "no other's picture beside its name"
    bank = (await house.join(await created(house, BANK)))["page"]["branding"]
    assert (bank["name"], bank["logo"]) == ("The server", "/client/logo.svg")
    assert bank["accent"]["light"]["accent"] == shades("#14576b").light.accent


# --- a file that changes ------------------------------------------------------------------------


async def test_a_changed_file_is_in_force_and_a_faulty_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text(text())
    book = TenantBook(file)
    house = await open_house(tenants=book)
    headers = {"Authorization": f"Bearer {BANK}"}

    async def seen() -> tuple[int, list[str]]:
        book.look()
        listed = await house.client.get("/v1/interviews", headers=headers)
        ready = await (await house.client.get("/readyz")).json()
        assert ready["ready"]
        return listed.status, ready.get("notices", [])

    assert await seen() == (200, [])
    for fault in ('[[tenants]]\nname = "A b"', "=", "\x00"):
        file.write_text(fault)
        assert await seen() == (200, [NOTICE])
    os.replace(file, tmp_path / "gone")  # noqa: PTH105  # as an editor does
    assert await seen() == (200, [NOTICE])
    file.write_text("")
    assert await seen() == (401, [])
    changed = file.stat().st_mtime_ns
    file.write_text(text())
    os.utime(file, ns=(changed, changed))
    assert await seen() == (200, []), "also where the time is the same: its size is another"
    file.write_text("#" * len(text()))
    os.utime(file, ns=(changed, changed))
    assert await seen() == (401, []), "and where the size is: so it is when a file becomes readable"
    await house.client.close()


def test_nothing_is_collected_while_a_changed_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten thousand tenants that held the event loop for hundreds of milliseconds."""
    file = tmp_path / "tenants.toml"
    file.write_text(text())
    book, collects = TenantBook(file), list[bool]()

    def read(path: Path) -> Tenants:
        collects.append(gc.isenabled())
        return NO_TENANTS

    monkeypatch.setattr(tenant_file, "read", read)
    file.write_text("")
    book.look()
    assert (collects, gc.isenabled()) == ([False], True)


def test_a_server_does_not_start_with_a_faulty_file(tmp_path: Path) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text('[[tenants]]\nname = "acme"\nlimits = { max_live = "many" }')
    own = {"DATA_DIR": str(tmp_path / "data"), "PORT": "0", "MEDIA_SERVER_TENANTS": str(file)}
    done = subprocess.run(
        [sys.executable, "-m", "media_server", "serve", "--no-supervisor"],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "MEDIA_SERVER_TENANTS: tenant acme: limits.max_live: " in done.stderr
