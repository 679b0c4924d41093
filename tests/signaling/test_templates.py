"""Templates over HTTP, on both stores: the whole live side behind a real server, without media.

Over 400 lines on purpose: one suite that each store passes whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

import signaling
from media_server.http_settings import HttpSettings
from media_server.interview.template import merge_patch
from media_server.ports import Document, Documents
from signaling.problems import Problem
from signaling.template_store import VERSION_KIND, TemplateStore
from tests.live.bench import Bench, open_bench
from tests.signaling.conftest import API, SECRETS
from tests.support.redis_server import RedisServer

TEMPLATE: dict[str, Any] = {
    "name": "Line cooks",
    "title": "Line cook",
    "locale": "de",
    "questions": ["Was haben Sie gekocht?", {"id": "chain", "text": "Was ist eine Kühlkette?"}],
    "turn": {"silence_ms": 2500},
    "retention": {"audio_days": 30},
    "metadata": {"job": "4711", "place": "Graz"},
}


@dataclass
class Kitchen:
    """One server, and the requests of these tests."""

    bench: Bench
    client: TestClient[Any, Any]

    async def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"json": body}
        response = await self.client.request(method, path, headers={**API, **named}, **more)
        return response.status, (await response.json() if response.status != 204 else {})

    async def make(self, **changes: Any) -> dict[str, Any]:
        status, made = await self.ask("POST", "/v1/templates", {**TEMPLATE, **changes})
        assert status == 201, made
        return made

    async def interview(self, template: str, **more: Any) -> dict[str, Any]:
        status, made = await self.ask("POST", "/v1/interviews", {"template": template, **more})
        assert status == 201, made
        return made

    async def spec(self, interview: dict[str, Any]) -> dict[str, Any]:
        row = await self.bench.services.log.row(interview["id"])
        assert row is not None
        return dict(row.spec)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
async def kitchen(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kitchen]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    async with open_bench(tmp_path, store_url=url) as bench:
        app = signaling.create_app(HttpSettings(), secrets=SECRETS, service=bench.service)
        client = TestClient(TestServer(app))
        await client.start_server()
        yield Kitchen(bench, client)
        await client.close()


# --- templates ----------------------------------------------------------------------------------


async def test_make_show_list_change_delete(kitchen: Kitchen) -> None:
    response = await kitchen.client.post("/v1/templates", json=TEMPLATE, headers=API)
    made = await response.json()
    assert response.status == 201
    assert response.headers["Location"] == f"/v1/templates/{made['id']}"
    assert response.headers["ETag"] == '"1"'
    questions = [{"id": "q1", "text": TEMPLATE["questions"][0]}, TEMPLATE["questions"][1]]
    assert made["content"] == {**TEMPLATE, "questions": [
        {"text": questions[0]["text"], "id": "q1"}, questions[1]]}  # fmt: skip
    assert (made["version"], made["name"], made["questions_total"]) == (1, "Line cooks", 2)
    path = response.headers["Location"]
    assert await kitchen.ask("GET", path) == (200, made)

    status, second = await kitchen.ask(
        "PUT", path, {**made["content"], "title": "Cook"}, If_Match='"1"'
    )
    assert (status, second["version"], second["title"]) == (200, 2, "Cook")
    assert second["created_at"] == made["created_at"] < second["updated_at"]
    assert await kitchen.ask("GET", path) == (200, second)
    assert await kitchen.ask("GET", f"{path}/versions/2") == (200, second)
    assert await kitchen.ask("GET", f"{path}/versions/1") == (200, made)
    status, problem = await kitchen.ask("GET", f"{path}/versions/3")
    assert (status, problem["code"]) == (404, "unknown_version")

    summary = {name: value for name, value in second.items() if name != "content"}
    listed = await kitchen.ask("GET", "/v1/templates")
    assert listed == (200, {"templates": [summary], "next_cursor": ""})
    assert (await kitchen.ask("DELETE", path, If_Match='"1"'))[0] == 412
    assert (await kitchen.ask("DELETE", path, If_Match='"2"'))[0] == 204
    for method, where in (("GET", path), ("GET", f"{path}/versions/1"), ("DELETE", path)):
        status, problem = await kitchen.ask(method, where)
        assert (status, problem["code"]) == (404, "unknown_template")
    assert (await kitchen.ask("PUT", path, TEMPLATE, If_Match="*"))[0] == 404
    documents = kitchen.bench.services.documents
    assert [await documents.page("default", kind) for kind in ("template", "template_version")] == [
        (),
        (),
    ]


async def test_lists_begin_with_the_newest(kitchen: Kitchen) -> None:
    names = [f"n{n}" for n in range(5)]
    for name in names:
        await kitchen.make(name=name)
        await asyncio.sleep(0.002)  # ids count milliseconds
    seen: list[str] = []
    cursor = ""
    while True:
        _, page = await kitchen.ask("GET", f"/v1/templates?limit=2&cursor={cursor}")
        seen += [template["name"] for template in page["templates"]]
        if not (cursor := page["next_cursor"]):
            break
    assert seen == names[::-1]
    for query in ("limit=0", "limit=x", "cursor=..", "more=1"):
        assert (await kitchen.ask("GET", f"/v1/templates?{query}"))[0] == 400


async def test_of_two_writers_one_wins_and_nothing_is_lost(kitchen: Kitchen) -> None:
    made = await kitchen.make()
    path = f"/v1/templates/{made['id']}"
    for version in range(1, 6):
        answers = await asyncio.gather(
            *(
                kitchen.ask("PUT", path, {**TEMPLATE, "title": f"{version}-{n}"},
                            If_Match=f'"{version}"')
                for n in range(8)
            )
        )  # fmt: skip
        assert sorted(status for status, _ in answers) == [200] + [412] * 7
        [winner] = [answer for status, answer in answers if status == 200]
        assert await kitchen.ask("GET", path) == (200, winner)
        assert await kitchen.ask("GET", f"{path}/versions/{version + 1}") == (200, winner)
    # Whoever does not say which version is replaced writes another one, whatever happens.
    answers = await asyncio.gather(
        *(kitchen.ask("PUT", path, {**TEMPLATE, "title": str(n)}, If_Match="*") for n in range(6))
    )
    assert sorted(answer["version"] for _, answer in answers) == [7, 8, 9, 10, 11, 12]
    for _, answer in answers:
        where = f"{path}/versions/{answer['version']}"
        assert await kitchen.ask("GET", where) == (200, answer)


async def test_writing_while_it_is_deleted_leaves_all_or_nothing(kitchen: Kitchen) -> None:
    documents = kitchen.bench.services.documents
    for _ in range(8):
        path = f"/v1/templates/{(await kitchen.make())['id']}"
        answers = await asyncio.gather(
            *(kitchen.ask("PUT", path, TEMPLATE, If_Match="*") for _ in range(3)),
            kitchen.ask("DELETE", path),
        )
        assert {status for status, _ in answers} <= {200, 204, 404, 412}
        if answers[-1][0] == 204:
            assert (await kitchen.ask("GET", path))[0] == 404
            assert await documents.page("default", "template_version") == ()
        else:  # the writers were first: ask again
            assert (await kitchen.ask("DELETE", path))[0] == 204


async def test_deleting_takes_every_version_or_none(kitchen: Kitchen) -> None:
    documents, store = kitchen.bench.services.documents, TemplateStore
    made = await kitchen.make()
    path = f"/v1/templates/{made['id']}"
    for version in (1, 2):
        await kitchen.ask("PUT", path, TEMPLATE, If_Match=f'"{version}"')

    class Late:
        """A version is added while another server deletes, after it has looked which there are."""

        def __getattr__(self, name: str) -> Any:
            return getattr(documents, name)

        async def get(self, *names: str) -> Document | None:
            found = await documents.get(*names)
            await kitchen.ask("PUT", path, TEMPLATE, If_Match='"3"')
            return found

    with pytest.raises(Problem) as caught:
        await store(cast("Documents", Late()), "default").delete(made["id"], expected=4)
    assert caught.value.status == 412
    for version in (1, 2, 3, 4):
        assert (await kitchen.ask("GET", f"{path}/versions/{version}"))[0] == 200
    # Whichever version it is: it is deleted, and not answered as changed.
    assert (await kitchen.ask("GET", path))[1]["version"] == 4

    class Later(Late):
        async def get(self, *names: str) -> Document | None:
            found = await documents.get(*names)
            await kitchen.ask("PUT", path, TEMPLATE, If_Match='"4"')
            return found

    await store(cast("Documents", Later()), "default").delete(made["id"], expected=None)
    assert (await kitchen.ask("GET", path))[0] == 404
    assert await documents.page("default", VERSION_KIND) == ()


async def test_versions_of_a_damaged_template_go_with_it(kitchen: Kitchen) -> None:
    made = await kitchen.make()
    path = f"/v1/templates/{made['id']}"
    await kitchen.ask("PUT", path, TEMPLATE, If_Match='"1"')
    await damage(kitchen, made["id"])
    assert (await kitchen.ask("DELETE", path))[0] == 204
    assert await kitchen.bench.services.documents.page("default", VERSION_KIND) == ()


async def test_what_a_put_must_say(kitchen: Kitchen) -> None:
    path = f"/v1/templates/{(await kitchen.make())['id']}"
    status, problem = await kitchen.ask("PUT", path, TEMPLATE)
    assert (status, problem["code"]) == (428, "if_match_missing")
    for wrong in ("1", '"0"', '"x"', 'W/"1"', '"1", "2"'):
        status, problem = await kitchen.ask("PUT", path, TEMPLATE, If_Match=wrong)
        assert (status, problem["code"]) == (400, "bad_if_match"), wrong
    status, problem = await kitchen.ask("PUT", path, TEMPLATE, If_Match='"7"')
    assert (status, problem["code"]) == (412, "version_changed")


@pytest.mark.parametrize(
    ("changes", "pointer", "message"),
    [
        ({"name": ""}, "#/name", "expected at least 1 character"),
        ({"questions": []}, "#/questions", "expected at least 1 item"),
        ({"evaluation": {}}, "#/evaluation", "there is nothing to judge by: give a question "),
        ({"candidate": {}}, "#/candidate", "unknown field: remove it; known here are title, "),
        ({"expires_at": "2030-01-01T00:00:00Z"}, "#/expires_at", "unknown field: remove it; "),
        ({"titel": "x"}, "#/titel", 'unknown field: did you mean "title"?'),
        ({"questions": ["Why?", {"id": "q1", "text": 3}]}, "#/questions/1/text", "expected a text"),
    ],
)
async def test_faults_of_a_template(
    kitchen: Kitchen, changes: dict[str, Any], pointer: str, message: str
) -> None:
    status, problem = await kitchen.ask("POST", "/v1/templates", {**TEMPLATE, **changes})
    assert status == 422
    [fault] = problem["errors"]
    assert fault["pointer"] == pointer
    assert fault["message"].startswith(message)


async def test_the_same_request_makes_one_template(kitchen: Kitchen) -> None:
    key = {"Idempotency_Key": "k1"}
    answers = await asyncio.gather(
        *(kitchen.ask("POST", "/v1/templates", TEMPLATE, **key) for _ in range(6))
    )
    assert [status for status, _ in answers] == [201] * 6
    assert all(answer == answers[0][1] for _, answer in answers)
    path = f"/v1/templates/{answers[0][1]['id']}"
    await kitchen.ask("PUT", path, {**TEMPLATE, "title": "New"}, If_Match="*")
    again = await kitchen.ask("POST", "/v1/templates", TEMPLATE, **key)
    assert again == answers[0], "as it was answered then"
    status, problem = await kitchen.ask("POST", "/v1/templates", {**TEMPLATE, "name": "x"}, **key)
    assert (status, problem["code"]) == (422, "idempotency_key_reused")
    assert len((await kitchen.ask("GET", "/v1/templates"))[1]["templates"]) == 1
    await kitchen.ask("DELETE", path)
    status, fresh = await kitchen.ask("POST", "/v1/templates", {**TEMPLATE, "name": "x"}, **key)
    assert status == 201, "the key went with its template, also after another version"
    assert fresh["id"] != answers[0][1]["id"]


async def test_a_template_that_is_damaged_can_be_deleted(kitchen: Kitchen) -> None:
    made = await kitchen.make()
    await damage(kitchen, made["id"])
    path = f"/v1/templates/{made['id']}"
    status, problem = await kitchen.ask("GET", path)
    assert (status, problem["code"]) == (409, "template_damaged")
    assert (await kitchen.ask("PUT", path, TEMPLATE, If_Match="*"))[0] == 409
    _, page = await kitchen.ask("GET", "/v1/templates")
    assert [template["id"] for template in page["templates"]] == [made["id"]]
    body = {"template": made["id"]}
    assert (await kitchen.ask("POST", "/v1/interviews", body))[0] == 409
    assert (await kitchen.ask("DELETE", path))[0] == 204
    assert (await kitchen.ask("GET", path))[0] == 404


async def damage(kitchen: Kitchen, template_id: str) -> None:
    """As a disk or another program would."""
    log: Any = kitchen.bench.services.log
    if hasattr(log, "worker"):
        await log.worker.write(
            lambda db: db.execute("UPDATE document SET body = '{' WHERE id = ?", (template_id,))
        )
    else:
        name = f"ms:document:default:template:{template_id}"
        await log._client.call(lambda redis: redis.hset(name, "body", "{"))


# --- interviews of a template -------------------------------------------------------------------


async def test_an_interview_of_a_template(kitchen: Kitchen) -> None:
    template = await kitchen.make()
    made = await kitchen.interview(template["id"], candidate={"external_id": "person-7"})
    assert made["template"] == {"id": template["id"], "version": 1}
    assert made["title"] == "Line cook"
    assert [question["id"] for question in made["questions"]] == ["q1", "chain"]
    spec = await kitchen.spec(made)
    assert spec["candidate"] == {"external_id": "person-7", "locale": "de"}
    assert "Aufnahme" in spec["consent"]["text"] or "KI" in spec["consent"]["text"]
    assert (spec["turn"]["silence_ms"], spec["turn"]["batch_ms"]) == (2500, 2000)
    assert await kitchen.ask("GET", f"/v1/interviews/{made['id']}") == (
        200,
        {name: value for name, value in made.items() if name != "warnings"},
    )


async def test_overrides_are_a_merge_patch(kitchen: Kitchen) -> None:
    template = await kitchen.make()
    made = await kitchen.interview(
        template["id"],
        candidate={"locale": "en"},
        overrides={
            "title": "Chef",
            "turn": {"max_turn_ms": 60_000},
            "questions": ["Only this?"],
            "retention": None,
            "metadata": {"place": None, "shift": "night"},
            "expires_at": "2100-01-01T00:00:00Z",
        },
    )
    spec = await kitchen.spec(made)
    assert spec["title"] == "Chef"
    assert (spec["turn"]["silence_ms"], spec["turn"]["max_turn_ms"]) == (2500, 60_000)
    assert [question["text"] for question in spec["questions"]] == ["Only this?"]
    assert spec["retention"]["audio_days"] is None
    assert spec["metadata"] == {"job": "4711", "shift": "night"}
    assert spec["candidate"]["locale"] == "en"
    assert spec["expires_at"].startswith("2100-01-01")
    assert (await kitchen.ask("GET", f"/v1/templates/{template['id']}"))[1] == template


async def test_an_interview_keeps_the_version_it_began_with(kitchen: Kitchen) -> None:
    template = await kitchen.make()
    path = f"/v1/templates/{template['id']}"
    first = await kitchen.interview(template["id"])
    before = await kitchen.spec(first)
    await kitchen.ask("PUT", path, {**TEMPLATE, "questions": ["Another?"]}, If_Match='"1"')
    second = await kitchen.interview(template["id"])
    old = await kitchen.interview(f"{template['id']}@1")
    assert [one["template"]["version"] for one in (first, second, old)] == [1, 2, 1]
    assert [one["questions_total"] for one in (first, second, old)] == [2, 1, 2]

    # A candidate has begun; the template goes; everything of the interview goes on.
    link_ = first["join_url"].rpartition("/")[2]
    joined = await kitchen.client.post("/v1/join", json={"link": link_})
    assert joined.status == 200
    assert (await kitchen.ask("DELETE", path))[0] == 204
    assert await kitchen.spec(first) == before
    again = await kitchen.client.post("/v1/join", json={"link": link_})
    assert (await again.json())["page"]["questions_total"] == 2
    status, result = await kitchen.ask("GET", f"/v1/interviews/{first['id']}/result")
    assert (status, len(result["answers"])) == (200, 2)
    _, shown = await kitchen.ask("GET", f"/v1/interviews/{first['id']}")
    assert shown["template"] == {"id": template["id"], "version": 1}
    for gone in (template["id"], f"{template['id']}@1"):
        status, problem = await kitchen.ask("POST", "/v1/interviews", {"template": gone})
        assert (status, problem["code"]) == (422, "unknown_template")
        assert problem["errors"][0]["pointer"] == "#/template"


async def test_a_request_that_is_repeated_is_the_same_whatever_became_of_the_template(
    kitchen: Kitchen,
) -> None:
    template = await kitchen.make()
    path = f"/v1/templates/{template['id']}"
    body = {"template": template["id"], "candidate": {"external_id": "1"}}
    key = {"Idempotency_Key": "k1"}
    first = await kitchen.ask("POST", "/v1/interviews", body, **key)
    assert first[0] == 201
    await kitchen.ask("PUT", path, {**TEMPLATE, "title": "New"}, If_Match="*")

    async def again() -> tuple[int, dict[str, Any]]:
        return await kitchen.ask("POST", "/v1/interviews", body, **key)

    assert await again() == first
    await kitchen.ask("DELETE", path)
    assert await again() == first
    status, problem = await kitchen.ask("POST", "/v1/interviews", {**body, "candidate": {}}, **key)
    assert (status, problem["code"]) == (422, "idempotency_key_reused")
    assert (await kitchen.ask("POST", "/v1/interviews", body))[0] == 422, "without a key it is new"
    await kitchen.ask("DELETE", f"/v1/interviews/{first[1]['id']}")
    assert (await again())[0] == 422, "nothing is left of it, nor of its template"


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (
            {"overrides": {"titel": "x"}},
            "#/overrides/titel",
            'unknown field: did you mean "title"?',
        ),
        (
            {"overrides": {"turn": {"silence_ms": 1}}},
            "#/overrides/turn/silence_ms",
            "expected at least 300",
        ),
        (
            {"overrides": {"questions": ["", "Why?"]}},
            "#/overrides/questions/0",
            "expected at least 1 char",
        ),
        ({"overrides": {"questions": None}}, "#/overrides/questions", "required field: add it"),
        ({"overrides": {"candidate": {}}}, "#/overrides/candidate", "give it beside overrides"),
        (
            {"overrides": {"review": True, "retention": {"transcript_days": 0}}},
            "#/overrides",
            "a review needs",
        ),
        ({"overrides": []}, "#/overrides", "expected an object, in braces"),
        (
            {"candidate": {"locale": "German"}},
            "#/candidate/locale",
            "expected a language such as en",
        ),
        (
            {"candidate": {"external": "x"}},
            "#/candidate/external",
            'unknown field: did you mean "external_id"?',
        ),
        (
            {"title": "x"},
            "#/title",
            "unknown field: remove it; known here are template, candidate, overrides",
        ),
        ({"template": "cooks"}, "#/template", "expected the id of a template, or id@version"),
        ({"template": {"id": 1}}, "#/template", "expected a text, in quotes"),
    ],
)
async def test_faults_point_into_what_was_sent(
    kitchen: Kitchen, body: dict[str, Any], pointer: str, message: str
) -> None:
    template = await kitchen.make()
    whole = {"template": template["id"], **body}
    status, problem = await kitchen.ask("POST", "/v1/interviews", whole)
    assert status == 422, problem
    [fault] = problem["errors"]
    assert fault["pointer"] == pointer
    assert fault["message"].startswith(message)


async def test_a_template_that_a_later_release_finds_fault_with_is_named(kitchen: Kitchen) -> None:
    template = await kitchen.make()
    documents = kitchen.bench.services.documents
    found = await documents.get("default", "template", template["id"])
    assert found is not None
    found.body["content"]["turn"]["silence_ms"] = 1  # as if 1 was allowed
    await documents.put(found, expected_version=1)
    status, problem = await kitchen.ask("POST", "/v1/interviews", {"template": template["id"]})
    assert status == 422
    assert problem["errors"] == [
        {"pointer": "#/template", "message": "its /turn/silence_ms: expected at least 300"}
    ]
    fixed = {"template": template["id"], "overrides": {"turn": {"silence_ms": 900}}}
    assert (await kitchen.ask("POST", "/v1/interviews", fixed))[0] == 201


@pytest.mark.redis
async def test_a_store_that_is_away_is_said(redis_server: RedisServer, tmp_path: Path) -> None:
    async with open_bench(tmp_path, store_url=redis_server.url) as bench:
        app = signaling.create_app(HttpSettings(), secrets=SECRETS, service=bench.service)
        async with TestClient(TestServer(app)) as client:
            kitchen = Kitchen(bench, client)
            made = await kitchen.make()
            redis_server.kill()
            for method, path, body in (
                ("GET", "/v1/templates", None),
                ("POST", "/v1/templates", TEMPLATE),
                ("PUT", f"/v1/templates/{made['id']}", TEMPLATE),
                ("POST", "/v1/interviews", {"template": made["id"]}),
            ):
                status, problem = await kitchen.ask(method, path, body, If_Match="*")
                assert (status, problem["code"]) == (503, "store_unavailable"), path
            redis_server.start()


# --- the merge itself: RFC 7396, appendix A -----------------------------------------------------


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_as_the_rfc_has_it(target: Any, patch: Any, merged: Any) -> None:
    assert merge_patch(target, patch) == merged


_JSON = st.recursive(
    st.none() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(_JSON, _JSON)
def test_a_patch_twice_is_the_patch_once(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
