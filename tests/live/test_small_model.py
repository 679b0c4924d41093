"""A whole interview with a real small model: it completes, and nothing is made up."""

from __future__ import annotations

import pytest

from benchmarks.small_model_interview import QUESTIONS, run
from tests.support.small_model import small_model, why_not

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


async def test_it_completes_with_follow_ups_and_evaluation() -> None:
    """That quotes stand in what was said, and that no score stands without one, is in `run`."""
    with small_model() as url:
        seen = await run(url, 1)
    assert seen.completed == 1
    assert sum(seen.criteria.values()) == len(QUESTIONS)
    assert any(name.startswith("follow_up") for name in seen.requests)
    assert any(name.startswith("evaluation") for name in seen.requests)
