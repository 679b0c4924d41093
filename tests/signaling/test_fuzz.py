"""Seeded mutations of good requests: never a 5xx, always a problem, and the server goes on."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from tests.signaling.conftest import API, SPEC, House, bearer

ODD: list[Any] = [
    None, True, -1, 0, 1e308, 2**70, "", "x", "é\u202e\x00", "a" * 5000, [], {}, [[]], {"": None},
    "\ud800", ["q"] * 200, {"id": "q1"}, "2026-13-40", "iv_1.",
]  # fmt: skip
FULL: dict[str, Any] = {
    **SPEC,
    "title": "t",
    "candidate": {"external_id": "c", "locale": "en-GB"},
    "turn": {"silence_ms": 2000},
    "limits": {"total_ms": 60_000},
    "glossary": ["word"],
    "expires_at": "2100-01-01T00:00:00Z",
    "metadata": {"k": "v"},
}


def _mutated(value: Any, random_: random.Random) -> Any:
    value = copy.deepcopy(value)
    if isinstance(value, dict) and value and random_.random() < 0.8:
        key = random_.choice(sorted(value))
        choice = random_.random()
        if choice < 0.2:
            del value[key]
        elif choice < 0.3:
            value[random_.choice(["", "x" * 300, "a/b", "__proto__", "\x00"])] = 1
        else:
            value[key] = _mutated(value[key], random_)
        return value
    if isinstance(value, list) and value and random_.random() < 0.7:
        return [_mutated(value[0], random_), *value[1:]]
    return random_.choice(ODD)


@pytest.mark.parametrize("seed", range(4))
async def test_mutated_bodies(house: House, seed: int) -> None:
    random_ = random.Random(seed)
    joined = await house.join()
    link = (await house.create())["join_url"].rpartition("/")[2]
    targets: list[tuple[str, Any, dict[str, str]]] = [
        ("/v1/interviews", FULL, API),
        ("/v1/join", {"link": link}, {}),
        ("/v1/review", {"corrections": [{"prompt_id": "q1", "text": "x"}]}, bearer(joined)),
        ("/v1/consent", {"version": "2026-11", "accepted": True}, bearer(joined)),
    ]
    seen: set[int] = set()
    for _ in range(150):
        path, good, headers = random_.choice(targets)
        body = json.dumps(_mutated(good, random_)).encode()
        if random_.random() < 0.2:
            cut = random_.randrange(len(body) + 1)
            body = body[:cut] + random_.randbytes(random_.randrange(4)) + body[cut + 1 :]
        response = await house.client.post(
            path, data=body, headers={**headers, "Content-Type": "application/json"}
        )
        seen.add(response.status)
        assert response.status < 500, (path, body)
        if response.status >= 400:
            assert response.content_type == "application/problem+json"
            problem = await response.json()
            assert problem["status"] == response.status
            assert len(json.dumps(problem)) < 20_000
    assert {422, 400} <= seen
    await house.create()
