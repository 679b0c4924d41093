"""No tenant reaches what is another's: every route of the table, on real servers with both stores.

What each variable of a path may be is made here by the owner. A route with a variable that nobody
makes fails the test: it cannot be forgotten.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from media_server.app import create_app
from media_server.config import load_config
from media_server.ports import OPERATORS, SCOPES
from media_server.tenants import key_digest
from signaling.route import Route
from signaling.routes import ROUTES
from tests.support import recogniser

SERVER_KEY = "the-key-of-the-server-0123456789"
VARIABLE = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
SPEC = {"questions": [{"id": "q1", "text": "Who are you?"}], "consent": {"required": False}}
GUARDED = [route for route in ROUTES if route.scope is not None]
FOR_OPERATORS = [route for route in GUARDED if route.scope == OPERATORS]
OF_TENANTS = [route for route in GUARDED if route.scope != OPERATORS]
OF_AN_INTERVIEW = [route for route in OF_TENANTS if "{interview" in route.path]
A_TENANTS = SCOPES - {OPERATORS}
NOBODYS = "iv_AAAAAAAAAAAAAAAA"
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "template": ("/v1/templates", {"name": "Cooks", "questions": ["Who are you?"]}),
}
"""By variable of a path: how an owner makes one (path and body of a POST that answers its id)."""
OF_WEBHOOKS = ("delivery", "endpoint")
"""Variables of routes that have a test of their own below."""
LASTING = {"events"}
"""Routes whose answer goes on for as long as the client stays."""


def key(tenant: str, name: str) -> str:
    return f"{tenant}-{name}-0123456789-0123456789"


def keys_of(tenant: str) -> str:
    """A key with everything, one for each scope, one without each scope, one that has expired."""
    scopes = {"all": A_TENANTS, "expired": A_TENANTS}
    scopes |= {f"only-{scope}": frozenset({scope}) for scope in A_TENANTS}
    scopes |= {f"not-{scope}": A_TENANTS - {scope} for scope in A_TENANTS}
    lines = []
    for name, allowed in scopes.items():
        lines += ["[[tenants.keys]]", f'sha256 = "{key_digest(key(tenant, name)).hex()}"']
        lines.append(f"scopes = [{', '.join(repr(scope) for scope in sorted(allowed))}]")
        if name == "expired":
            lines.append("expires = 2026-01-01T00:00:00Z")
    return "\n".join(lines)


FILE = f"""
[[tenants]]
name = "acme"
{keys_of("acme")}

[[tenants.webhooks]]
id = "hook"
url = "https://192.0.2.1/nobody-is-there"
secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]

[[tenants]]
name = "bank"
limits = {{ interviews_per_day = 5, requests_per_minute = 1000 }}
{keys_of("bank")}
"""


@dataclass
class Place:
    """A real server, and whose key a request comes with."""

    client: TestClient[Any, Any]
    made: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, key: str, **how: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {key}", **how.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **how)

    async def create(self, key: str, **headers: str) -> str:
        response = await self.ask("POST", "/v1/interviews", key, json=SPEC, headers=headers)
        assert response.status == 201, await response.text()
        return str((await response.json())["id"])

    async def listed(self, key: str, query: str = "") -> list[str]:
        response = await self.ask("GET", f"/v1/interviews?limit=100{query}", key)
        assert response.status == 200, await response.text()
        return [row["id"] for row in (await response.json())["interviews"]]


@pytest.fixture
async def place(tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    file = tmp_path / "tenants.toml"
    file.write_text(FILE)
    config = load_config(
        {
            "DATA_DIR": str(tmp_path / "data"),
            "MEDIA_SERVER_API_KEY": SERVER_KEY,
            "MEDIA_SERVER_TENANTS": str(file),
            "MEDIA_SERVER_STORE_URL": store_url,
            "MEDIA_SERVER_RTC_BIND_ADDRESSES": "127.0.0.1",
            "MEDIA_SERVER_STT_ENGINE": recogniser.NAME,
            "MEDIA_SERVER_SPEECH_AHEAD": "off",
            "MEDIA_SERVER_ADMIT_BY_LOAD": "off",
            "MEDIA_SERVER_REQUESTS_PER_MINUTE": "100000",  # wrong keys of one address
            **({"MEDIA_SERVER_TTS_ENGINE": "flite"} if shutil.which("flite") else {}),
        }
    )
    async with TestClient(TestServer(create_app(config))) as client:
        yield Place(client)


def filled(route: Route, values: dict[str, str]) -> str:
    return VARIABLE.sub(lambda found: values[found[1]], route.path)


def values_for(interview_id: str) -> dict[str, str]:
    """For every variable of a route of an interview: what its owner has, or could have."""
    return {
        "interview": interview_id,
        "name": "candidate.ogg",
        "link": "rl_AAAA",
        "prompt": "q1",
        "version": "1",
    }


async def told(response: ClientResponse) -> tuple[int, dict[str, Any], dict[str, str]]:
    """All that a client sees of an answer."""
    headers = {name: value for name, value in response.headers.items() if name != "Date"}
    return response.status, await response.json(), headers


def test_every_route_with_an_api_key_has_a_scope() -> None:
    assert [route.path for route in ROUTES if (route.auth == "api_key") != bool(route.scope)] == []
    variables = {name for route in GUARDED for name in VARIABLE.findall(route.path)}
    # A route whose variable is no interview has documents of its tenant behind it, see below.
    known = set(values_for("x")) | set(OF_WEBHOOKS)
    assert variables - known <= set(OTHERS), "say in OTHERS what its owner makes"
    assert len(OF_AN_INTERVIEW) > 8, "the table is read"


async def test_every_route_answers_another_tenants_interview_as_none(place: Place) -> None:
    theirs = await place.create(key("acme", "all"))
    for route in OF_AN_INTERVIEW:
        for name in (key("bank", "all"), SERVER_KEY):
            answers = [
                await told(await place.ask(route.method, filled(route, values_for(one)), name))
                for one in (theirs, NOBODYS)
            ]
            assert answers[0] == answers[1], f"{route.method} {route.path} tells that it exists"
            status, body, _ = answers[0]
            assert (status, body["code"]) == (404, "unknown_interview"), f"{route.path}"
            if route.method == "GET":
                path = filled(route, values_for(theirs))
                head = await place.ask("HEAD", path, name)
                assert head.status == 404
    shown = await place.ask("GET", f"/v1/interviews/{theirs}", key("acme", "all"))
    assert (await shown.json())["status"] == "created", "nobody has changed it"


async def test_every_route_wants_its_scope(place: Place) -> None:
    mine = await place.create(key("acme", "all"))
    for route in OF_TENANTS:
        path = filled(route, {**values_for(mine), **dict.fromkeys((*OTHERS, *OF_WEBHOOKS), "x")})
        # A report is seen with `read`, which shows its parts, or with `report`.
        without = "only-write" if route.report else f"not-{route.scope}"
        refused = await place.ask(route.method, path, key("acme", without))
        body = await refused.json()
        assert (refused.status, body["code"]) == (403, "missing_scope"), f"{route.path}"
        if route.name not in LASTING and route.name not in ("interview", "cancel"):
            let_in = await place.ask(route.method, path, key("acme", f"only-{route.scope}"))
            assert let_in.status not in (401, 403), f"{route.method} {route.path}"


async def test_the_operators_routes_open_to_no_tenant(place: Place) -> None:
    """Every route of theirs: a tenant's key opens none, the operator's sees every tenant's."""
    theirs = await place.create(key("acme", "all"))
    assert {route.path for route in FOR_OPERATORS} >= {"/v1/ops", "/v1/ops/turns"}
    for route in FOR_OPERATORS:
        path = filled(route, values_for(theirs))
        for name in ("all", *(f"only-{scope}" for scope in sorted(A_TENANTS))):
            for tenant in ("acme", "bank"):
                refused = await place.ask(route.method, path, key(tenant, name))
                body = await refused.json()
                assert (refused.status, body["code"]) == (403, "missing_scope"), f"{route.path}"
                assert theirs not in str(body)
        seen = await place.ask(route.method, path, SERVER_KEY)
        assert seen.status == 200, await seen.text()
    path = f"/v1/ops/interviews/{theirs}"
    found = await (await place.ask("GET", path, SERVER_KEY)).json()
    assert (found["tenant"], found["status"]) == ("acme", "created")
    assert [(entry["type"], entry["state"]) for entry in found["entries"]] == [
        ("created", "created")
    ]
    none = await place.ask("GET", f"/v1/ops/interviews/{NOBODYS}", SERVER_KEY)
    assert (none.status, (await none.json())["code"]) == (404, "unknown_interview")
    [worker] = (await (await place.ask("GET", "/v1/ops?history=true", SERVER_KEY)).json())[
        "workers"
    ]
    assert worker["load"]["capacity"] > 0
    assert worker["history"], "it is sampled from the start"


async def test_every_route_refuses_a_key_that_is_none_or_has_expired(place: Place) -> None:
    mine = await place.create(key("acme", "all"))
    for route in GUARDED:
        path = filled(route, {**values_for(mine), **dict.fromkeys((*OTHERS, *OF_WEBHOOKS), "x")})
        for wrong, detail in ((key("acme", "expired"), "expired"), ("x" * 32, "not one of")):
            refused = await place.ask(route.method, path, wrong)
            body = await refused.json()
            assert (refused.status, body["code"]) == (401, "invalid_token"), f"{route.path}"
            assert detail in body["detail"]
        assert (await place.client.request(route.method, path)).status == 401


async def test_every_route_answers_another_tenants_objects_as_none(place: Place) -> None:
    made, nobodys = {"version": "1"}, {"version": "1"}
    for variable, (path, body) in OTHERS.items():
        answer = await place.ask("POST", path, key("acme", "all"), json=body)
        assert answer.status == 201, await answer.text()
        made[variable] = str((await answer.json())["id"])
        nobodys[variable] = re.sub(r"[A-Za-z0-9]", "A", made[variable].partition("_")[2])
        nobodys[variable] = f"{made[variable].partition('_')[0]}_{nobodys[variable]}"
    tried = 0
    for route in GUARDED:
        variables = set(VARIABLE.findall(route.path)) & set(OTHERS)
        if not variables:
            continue
        how = {"json": OTHERS[variables.pop()][1], "headers": {"If-Match": '"1"'}}
        for name in (key("bank", "all"), SERVER_KEY):
            answers = [
                await told(await place.ask(route.method, filled(route, one), name, **how))
                for one in (made, nobodys)
            ]
            assert answers[0] == answers[1], f"{route.method} {route.path} tells that it exists"
            assert answers[0][0] == 404, f"{route.method} {route.path}"
            tried += 1
    assert tried >= 2 * len(OTHERS)
    for variable, (path, _) in OTHERS.items():
        left = await place.ask("GET", f"{path}/{made[variable]}", key("acme", "all"))
        assert left.status == 200, "nobody has changed it"
        listed = await place.ask("GET", path, key("bank", "all"))
        assert made[variable] not in await listed.text()


async def test_deliveries_and_endpoints_of_webhooks_are_a_tenants_own(place: Place) -> None:
    path, acme = "/v1/webhooks", key("acme", "all")
    sent = await place.ask("POST", f"{path}/test", acme, json={"endpoint": "hook"})
    assert sent.status == 202, await sent.text()
    theirs = {"delivery": (await sent.json())["id"], "endpoint": "hook"}
    tried = 0
    for route in GUARDED:
        if not set(VARIABLE.findall(route.path)) & set(OF_WEBHOOKS):
            continue
        for name in (key("bank", "all"), SERVER_KEY):
            answers = [
                await told(await place.ask(route.method, filled(route, one), name))
                for one in (theirs, {"delivery": "msg_AAAA", "endpoint": "none"})
            ]
            assert answers[0] == answers[1], f"{route.method} {route.path} tells that it exists"
            assert answers[0][0] == 404, f"{route.method} {route.path}"
            tried += 1
    assert tried == 2 * len(OF_WEBHOOKS)
    for name in (key("bank", "all"), SERVER_KEY):
        for part in ("deliveries", "endpoints"):
            seen = await (await place.ask("GET", f"{path}/{part}", name)).text()
            assert "hook" not in seen
        cursor = f"{path}/deliveries?cursor={theirs['delivery']}"
        assert (await place.ask("GET", cursor, name)).status == 400
        refused = await place.ask("POST", f"{path}/test", name, json={"endpoint": "hook"})
        assert refused.status == 404
    mine = await (await place.ask("GET", f"{path}/deliveries", acme)).json()
    assert [one["id"] for one in mine["deliveries"]] == [theirs["delivery"]]


async def test_no_interview_is_made_of_another_tenants_template(place: Place) -> None:
    path, body = OTHERS["template"]
    made = await (await place.ask("POST", path, key("acme", "all"), json=body)).json()
    for name, status in ((key("bank", "all"), 422), (key("acme", "all"), 201)):
        asked = {"template": made["id"]}
        answer = await place.ask("POST", "/v1/interviews", name, json=asked)
        assert answer.status == status, await answer.text()


async def test_a_list_and_its_cursors_are_a_tenants_own(place: Place) -> None:
    acme = [await place.create(key("acme", "all")) for _ in range(3)]
    bank = [await place.create(key("bank", "all")) for _ in range(2)]
    default = await place.create(SERVER_KEY)
    assert await place.listed(key("acme", "only-read")) == acme[::-1]
    assert await place.listed(key("bank", "all")) == bank[::-1]
    assert await place.listed(SERVER_KEY) == [default]
    assert await place.listed(key("acme", "all"), f"&cursor={acme[1]}") == [acme[0]]
    for name, cursor in ((key("bank", "all"), acme[1]), (SERVER_KEY, bank[0])):
        answers = [
            await told(await place.ask("GET", f"/v1/interviews?cursor={one}", name))
            for one in (cursor, NOBODYS)
        ]
        assert answers[0] == answers[1]
        assert (answers[0][0], answers[0][1]["code"]) == (400, "unknown_cursor")


async def test_an_idempotency_key_is_a_tenants_own(place: Place) -> None:
    names = (key("acme", "all"), key("bank", "all"), SERVER_KEY)
    first = [await place.create(name, **{"Idempotency-Key": "k"}) for name in names]
    assert len(set(first)) == 3
    again = [await place.create(name, **{"Idempotency-Key": "k"}) for name in names]
    assert again == first
    other_key = await place.create(key("acme", "only-write"), **{"Idempotency-Key": "k"})
    assert other_key == first[0], "of the tenant, not of one of its keys"


async def test_a_day_has_no_more_than_its_quota(place: Place) -> None:
    async def one() -> ClientResponse:
        return await place.ask("POST", "/v1/interviews", key("bank", "all"), json=SPEC)

    answers = await asyncio.gather(*(one() for _ in range(25)))
    assert sorted({answer.status for answer in answers}) == [201, 429]
    assert sum(answer.status == 201 for answer in answers) == 5
    refused = next(answer for answer in answers if answer.status == 429)
    assert (await refused.json())["code"] == "day_is_full"
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
    await place.create(key("acme", "all"))


async def test_a_demo_is_the_default_tenants(place: Place) -> None:
    response = await place.client.post("/v1/demo")
    interview_id = (await response.json())["id"]
    assert await place.listed(SERVER_KEY) == [interview_id]
    path = f"/v1/interviews/{interview_id}"
    assert (await place.ask("GET", path, key("acme", "all"))).status == 404
