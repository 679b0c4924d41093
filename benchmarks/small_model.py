"""A real small language model through our own engine: first token, tokens a second, JSON by schema.

    scripts/small-model.sh && python -m benchmarks.small_model [--requests 20] [--json FILE]

SmolLM2-135M on one core of a CPU. What it says is of no use; that it is a model is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from media_server.llm.factory import create_llm
from media_server.llm.settings import LlmSettings
from media_server.ports import Llm, LlmRequest, LlmUnavailable
from media_server.prompts import fence
from tests.support.small_model import MODEL, available, small_model

ANSWERS = (
    "I looked after the city gardens for seven years, and the pump broke in the first summer.",
    "We moved the queue to another server, measured it for a week, and then wrote down the limits.",
    "My colleague wanted to stop. I proposed that we test both ways on one customer first.",
    "I learned Spanish at school, and I use it every day with the suppliers in Valencia.",
)
SCHEMA = {
    "type": "object",
    "properties": {
        "score": {"enum": [1, 2, 3, 4, 5]},  # few grammars know minimum and maximum
        "quote": {"type": "string", "maxLength": 100},
        "names_a_result": {"type": "boolean"},
    },
    "required": ["score", "quote", "names_a_result"],
    "additionalProperties": False,
}
PATIENCE_S = 120.0


def request(number: int, *, is_json: bool, max_tokens: int) -> LlmRequest:
    """One of the made-up answers, with a task for a model."""
    task = (
        "Judge the answer from 1 to 5. Answer with JSON: score, quote, names_a_result."
        if is_json
        else "Ask one short question back about the answer."
    )
    return LlmRequest(
        purpose="check",
        system=task,
        user=fence("answer", ANSWERS[number % len(ANSWERS)]),
        max_tokens=max_tokens,
        seed=number,
        first_token_s=PATIENCE_S,
        total_s=PATIENCE_S,
    )


async def measure(llm: Llm, requests: int) -> dict[str, Any]:
    """`requests` texts, as many JSON answers, and as many with too few tokens for them."""
    firsts_s, rates, outcomes = [], [], Counter[str]()
    for number in range(requests):
        began_s, times_s = time.monotonic(), []
        try:
            async for _ in llm.stream(request(number, is_json=False, max_tokens=60)):
                times_s.append(time.monotonic() - began_s)  # noqa: PERF401  # kept if it fails
            outcomes["answered"] += 1
        except LlmUnavailable as error:
            outcomes[error.failure] += 1
        if times_s:
            firsts_s.append(times_s[0])
        if len(times_s) > 5:
            rates.append((len(times_s) - 1) / (times_s[-1] - times_s[0]))
    return {
        "text": dict(outcomes),
        "first_token_s": {"p50": _median(firsts_s), "max": max(firsts_s, default=0.0)},
        "tokens_per_s": {"p50": _median(rates), "min": min(rates, default=0.0)},
        "json": await _shaped(llm, requests, max_tokens=160),
        "json_with_8_tokens": await _shaped(llm, requests, max_tokens=8),
    }


async def _shaped(llm: Llm, requests: int, *, max_tokens: int) -> dict[str, int]:
    outcomes = Counter[str]()
    for number in range(requests):
        try:
            await llm.json(request(number, is_json=True, max_tokens=max_tokens), SCHEMA)
            outcomes["fits"] += 1
        except LlmUnavailable as error:
            outcomes[error.failure] += 1
    return dict(outcomes)


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 3) if values else 0.0


async def run(url: str, requests: int) -> dict[str, Any]:
    """Against a server that is there."""
    patient = {"first_token_s": 30.0, "circuit_failures": 1000}
    llm = create_llm(LlmSettings(ollama_url=url, ollama_model=MODEL, **patient))  # type: ignore[arg-type]
    try:
        return await measure(llm, requests)
    finally:
        await llm.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not available():
        print("skipped: scripts/small-model.sh fetches the model", file=sys.stderr)
        return 0
    with small_model() as url:
        found = asyncio.run(run(url, options.requests))
    found["load"] = os.getloadavg()[0]
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
