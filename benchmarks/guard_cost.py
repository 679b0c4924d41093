"""What it costs to look for attacks on the judge, and how late an event loop is meanwhile.

    .venv/bin/python -m benchmarks.guard_cost [--rounds 5]

First table: CPU time of one step (`guard.in_steps`), which nothing can interrupt for longer than
one of its searches, for answers of the corpora, a long answer and texts that are made to cost time.
Second table: a loop that wants to wake every millisecond, and how late it does, p50, p99 and the
worst, with nothing else, with the guard in a thread in one piece, and in pieces as the server does
it. On a busy machine the first row says how much of it is the machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from media_server.injection.guard import in_steps, instructions
from media_server.live.in_pieces import in_pieces
from media_server.serve import SWITCH_S
from tests.evaluation.corpus import ALL, attacks, innocents
from tests.evaluation.hedged import pairs

LONG = (" ".join(pair.plain for pair in pairs()) * 4)[:24_000]
HOSTILE = {
    "one letter": "a" * 24_000,
    "half an order": "ignore your " * 2_000,
    "short words": "a b c d " * 3_000,
    "marks": "</" * 12_000,
    "Base64": "Y2FuZGlkYXRl" * 2_000,
    "signs": "1 = " * 6_000,
}


def steps_ms(text: str) -> list[float]:
    """CPU time of each step."""
    steps, spent = in_steps(text), []
    while True:
        begun_s = time.thread_time()
        over = next(steps, StopIteration) is StopIteration
        spent.append(1000 * (time.thread_time() - begun_s))
        if over:
            return spent


async def late_ms(work: Callable[[], object]) -> list[float]:
    """How much later than wanted the loop wakes, each time, while `work` is done in a thread."""
    found, doing = [], asyncio.create_task(asyncio.to_thread(work))
    while not doing.done():
        begun_s = time.perf_counter()
        await asyncio.sleep(0.001)
        found.append(1000 * (time.perf_counter() - begun_s) - 1)
    return found


def row(name: str, values: list[float], more: str = "") -> None:
    ordered = sorted(values)
    p99 = ordered[int(0.99 * len(ordered))]
    figures = f"{statistics.median(ordered):9.2f}{p99:9.2f}{ordered[-1]:9.2f}"
    print(f"{name:32}{len(ordered):8}{figures}{more}")


def of_steps() -> None:
    print(f"{'ms of a step':32}{'steps':>8}{'p50':>9}{'p99':>9}{'worst':>9}{'all':>9}")
    texts = {
        "the first call, which compiles": ["Hello."],
        "answers of the corpora": [
            *(row.text for folder in ALL for row in (*attacks(folder), *innocents(folder))),
            *(pair.hedged for pair in pairs()),
        ],
        "24,000 characters": [LONG],
        **{f"hostile: {name}": [text] for name, text in HOSTILE.items()},
    }
    for name, ones in texts.items():
        spent = [ms for text in ones for ms in steps_ms(text)]
        row(name, spent, f"{sum(spent):9.0f}")


def of_the_loop(rounds: int) -> None:
    ways: dict[str, tuple[float, Callable[[], Any]]] = {
        "nothing else": (0.005, lambda: time.sleep(0.3)),
        "in one piece, Python's own switch": (0.005, lambda: instructions(LONG)),
        "in one piece": (SWITCH_S, lambda: instructions(LONG)),
        "in pieces": (SWITCH_S, lambda: in_pieces(in_steps(LONG))),
    }
    print(f"\n{'ms too late':32}{'times':>8}{'p50':>9}{'p99':>9}{'worst':>9}")
    for name, (switch_s, work) in ways.items():
        sys.setswitchinterval(switch_s)
        row(name, [ms for _ in range(rounds) for ms in asyncio.run(late_ms(work))])


def main() -> None:
    parser = argparse.ArgumentParser(description="What the guard against attacks costs.")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    gc.freeze()  # the corpora, so that looking through them for rubbish is not measured
    of_steps()
    of_the_loop(wanted.rounds)


if __name__ == "__main__":
    main()
