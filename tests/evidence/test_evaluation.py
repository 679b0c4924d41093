"""A bundle with an evaluation: what it says must stand in its log, and quotes in what was said."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from media_server.evidence.keys import SigningKeys
from media_server.evidence.verify import WHOLE, WRONG, Verdict, verify
from media_server.interview import inputs as inp
from media_server.interview.rubric import Criterion, EvaluationWanted
from media_server.interview.spec import InterviewSpec, Question
from media_server.store.retention_plan import redacted
from tests.evidence.bundles import (
    INTERVIEW,
    bundle,
    contents,
    filled,
    finished,
    remade,
    signing_keys,
)
from tests.evidence.test_verify import flipped
from tests.interview.world import World, decided, evaluation_steps, judged

FLIPS = 200
QUOTE = b'"answer number 1 is long"'
Look = Callable[[bytes], Verdict]


def evaluated() -> World:
    """Two criteria, one of them decided by two people, one after the other; begun again, after a
    first time that failed."""
    criteria = tuple(Criterion(id=name, text="Says what happened") for name in ("c1", "c2"))
    world = finished(
        spec=InterviewSpec(
            questions=tuple(
                Question(id=f"q{n}", text=f"Question number {n}?", criteria=criteria)
                for n in (1, 2, 3)
            ),
            evaluation=EvaluationWanted(),
        )
    )
    world.do(inp.LeavePressed())
    began, _, _, made, failed = evaluation_steps()
    for step in (began, judged(score=1.0), failed):
        world.do(inp.Evaluated(step))
    world.do(inp.EvaluateAgain())
    for step in (began, judged(), judged("c2", score=None, quotes=()), made):
        world.do(inp.Evaluated(step))
    world.do(inp.ScoreDecided(decided(), renewed=1))
    world.do(inp.ScoreDecided(decided(score=2, confirmed=False, by="Bo"), expected=1, renewed=1))
    return world


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    return signing_keys()


@pytest.fixture(scope="module")
def data(keys: SigningKeys, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    async def made() -> bytes:
        async with filled(tmp_path_factory.mktemp("data"), evaluated(), audio_s=0) as bench:
            return await bundle(bench, keys)

    return asyncio.run(made())


@pytest.fixture
def look(tmp_path: Path, keys: SigningKeys) -> Look:
    def looked(content: bytes) -> Verdict:
        file = tmp_path / "b.zip"
        file.write_bytes(content)
        return verify(file, {keys.current.kid})

    return looked


def test_what_was_signed_holds(data: bytes, look: Look) -> None:
    verdict = look(data)
    assert (verdict.faults, verdict.code) == ([], WHOLE)
    assert any("2 criteria of the evaluation" in fact for fact in verdict.facts)
    assert any("a model proposed it" in line for line in verdict.unproved)


async def test_when_the_words_were_erased(tmp_path: Path, keys: SigningKeys, look: Look) -> None:
    """Scores and who decided stay; what was said, and why somebody decided, is gone."""
    async with filled(tmp_path / "data", evaluated(), audio_s=0) as bench:
        log: Any = bench.services.log
        before = await bundle(bench, keys)
        entries = await log.read(INTERVIEW)
        assert await log.redact(
            INTERVIEW,
            redacted(entries),
            expected_version=len(entries),
            what="transcript",
            now_s=2e9,
        )
        data = await bundle(bench, keys)
    assert QUOTE in before
    assert QUOTE not in data
    verdict = look(data)
    assert (verdict.faults, verdict.code) == ([], WHOLE)
    first = json.loads(contents(data)["result.json"])["evaluation"]["criteria"][0]
    assert (first["quotes"], first["final"], first["decision"]["score"]) == ([], True, 2)
    assert [one["reason"] for one in first["decisions"]] == ["", ""]


def test_flipped_bits_are_found(data: bytes, look: Look) -> None:
    at = data.index(b'"evaluation":')
    chosen = random.Random(4).sample(range(8 * at, 8 * min(at + 4000, len(data))), FLIPS)
    assert [bit for bit in chosen if look(flipped(data, bit)).code != WRONG] == []


def changed(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The result, with its evaluation changed."""
    result = json.loads(contents(data)["result.json"])
    change(result["evaluation"])
    return json.dumps(result).encode()


def _quote(evaluation: dict[str, Any]) -> None:
    evaluation["criteria"][0]["quotes"][0]["text"] = "answer number 1 is short"


def _score(evaluation: dict[str, Any]) -> None:
    evaluation["criteria"][0]["score"] = 5.0


def _decided(evaluation: dict[str, Any]) -> None:
    evaluation["criteria"][0]["decisions"][0]["by"] = "Eve"


def _last(evaluation: dict[str, Any]) -> None:
    """The first decision, as though nobody had decided again."""
    criterion = evaluation["criteria"][0]
    criterion["decision"] = criterion["decisions"][0]


def _final(evaluation: dict[str, Any]) -> None:
    evaluation["criteria"][1]["final"] = True


def _gone(evaluation: dict[str, Any]) -> None:
    evaluation["criteria"].pop()


def _pending(evaluation: dict[str, Any]) -> None:
    evaluation["status"] = "failed"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_quote, "is not what the candidate said"),
        (_score, "score is not what the log has"),
        (_decided, "what people decided is not what the log has"),
        (_last, "it says final, or who decided"),
        (_final, "it says final, or who decided"),
        (_gone, "its criteria are not those that the log has"),
        (_pending, "does not say that it is as far as that"),
    ],
)
async def test_it_says_other_than_the_log_though_it_is_signed(
    data: bytes, look: Look, keys: SigningKeys, change: Callable[[dict[str, Any]], None], fault: str
) -> None:
    verdict = look(await remade(data, keys, {"result.json": changed(data, change)}))
    assert verdict.code == WRONG
    assert any(fault in found for found in verdict.faults), verdict.faults


async def test_a_quote_that_is_made_up_in_the_log_too(
    data: bytes, look: Look, keys: SigningKeys
) -> None:
    """A dishonest owner of the key, who changes both alike."""
    made_up: dict[str, bytes | None] = {
        name: contents(data)[name].replace(QUOTE, b'"answer I never gave to it"')
        for name in ("result.json", "log.ndjson")
    }
    verdict = look(await remade(data, keys, made_up))
    assert any("is not what the candidate said" in found for found in verdict.faults)


@pytest.mark.parametrize("found", [[], "x", {"criteria": [1], "status": "ready"}])
async def test_what_is_no_evaluation(
    data: bytes, look: Look, keys: SigningKeys, found: object
) -> None:
    result = json.loads(contents(data)["result.json"])
    result["evaluation"] = found
    verdict = look(await remade(data, keys, {"result.json": json.dumps(result).encode()}))
    assert verdict.code == WRONG
