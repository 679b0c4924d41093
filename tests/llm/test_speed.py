"""What the doctor calls fast enough, in virtual time."""

from __future__ import annotations

import pytest

from media_server.llm.checking import LlmFinding, _speed
from tests.llm.world import asking, made, speaking

pytestmark = pytest.mark.virtual_time
WORDS = " ".join(f"word{n * n}" for n in range(30))


async def speed(*, first_s: float, every_s: float) -> LlmFinding:
    llm, _ = made(speaking(WORDS, first_s=first_s, every_s=every_s), first_token_s=30.0)
    return await _speed(llm, asking("check", first_token_s=20, total_s=20, max_tokens=96))


async def test_a_model_that_keeps_up() -> None:
    found = await speed(first_s=0.2, every_s=0.02)
    assert found.level == "ok"
    assert found.what.startswith("first word after 0.20 s, 48 tokens per second")


@pytest.mark.parametrize(("first_s", "every_s"), [(1.5, 0.02), (0.2, 0.1), (0.2, 1.0)])
async def test_one_that_does_not(first_s: float, every_s: float) -> None:
    """The last one has not finished after 20 s: what came tells how slow it is."""
    found = await speed(first_s=first_s, every_s=every_s)
    assert found.level == "warn"
    assert "too slow for follow-ups" in found.what
    assert "a smaller model or a GPU" in found.mend
