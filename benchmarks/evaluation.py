"""What the code around the judge does, with judges that stand in for a model.

    python -m benchmarks.evaluation [--quotes 10000] [--seed 16] [--wrong]

Three tables: quotes, right, broken and hostile, and what became of them; pairs of answers of the
same content, hedged and plain, and how far apart a judge scores them that takes a point off for
each hedge it sees, with and without the hedges taken out; criteria, and which are refused.
`--wrong` prints each that is not as it should be. Attacks: `benchmarks.injection`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from pathlib import Path

from media_server.evaluation.rubric_lint import kinds_in
from media_server.evaluation.transcript import said_to
from media_server.evaluation.verify import Found, ShownTurn, look_up
from tests.evaluation.broken_quotes import TURNS, quotes
from tests.evaluation.hedged import Pair, delta, pairs, punished
from tests.evaluation.world import answered, spoken

RUBRICS = Path(__file__).parents[1] / "tests" / "evaluation" / "rubrics.json"


def of_quotes(count: int, seed: int) -> None:
    said = [spoken(text, n, start_s=100.0 * n) for n, text in enumerate(TURNS, 1)]
    turns = [ShownTurn(turn) for turn in said_to(answered(*said), "q1")[0].heard]
    became: Counter[str] = Counter()
    spent_ms: list[float] = []
    for quote in quotes(seed, count):
        begun = time.perf_counter()
        found = look_up(quote, turns)
        spent_ms.append(1000 * (time.perf_counter() - begun))
        if not isinstance(found, Found):
            became[f"refused: {found}"] += 1
            continue
        real = found.quote.text in found.shown.turn.text
        became["repaired" if found.quote.repaired else "as said"] += 1
        became["ACCEPTED AND NOT SAID"] += not real
    print(f"quotes: {count}, seed {seed}, among {len(TURNS)} turns in 5 languages")
    for name, number in became.most_common():
        print(f"  {name:28} {number:6}")
    ordered = sorted(spent_ms)
    print(f"  ms each: p50 {statistics.median(ordered):.3f}, p99 {ordered[-count // 100]:.3f}")


def of_pairs(*, wrong: bool) -> None:
    print("hedging: points that a punishing judge takes off, mean |delta| (pairs with any)")
    for language in ("en", "de", "es", "fr", "ar"):
        here = [pair for pair in pairs() if pair.language == language]
        cut = {pair: delta(pair) for pair in here}
        seen = [punished(pair) for pair in here]
        print(
            f"  {language} {len(here):3} pairs: as said {_mean(seen)}, hedges taken out "
            f"{_mean(list(cut.values()))}"
        )
        if wrong:
            _print([pair for pair in here if cut[pair]])


def _mean(deltas: list[float]) -> str:
    return f"{statistics.fmean(deltas):.2f} ({sum(d > 0 for d in deltas)})"


def _print(rows: list[Pair]) -> None:
    for pair in rows:
        print(f"    {pair.hedged}")


def of_rubrics(*, wrong: bool) -> None:
    corpus = json.loads(RUBRICS.read_text("utf-8"))
    bad = [(kind, text) for kind, texts in corpus["refused"].items() for text in texts]
    missed = [text for kind, text in bad if kind not in kinds_in(text)]
    alarms = [text for text in corpus["fine"] if kinds_in(text)]
    print(f"criteria: {len(bad) - len(missed)} of {len(bad)} refused that must be,")
    print(f"  {len(alarms)} of {len(corpus['fine'])} refused that are fine")
    for text in (missed + alarms) if wrong else ():
        print(f"    {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description="What the code around the judge does.")
    parser.add_argument("--quotes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--wrong", action="store_true", help="print what is not as it should be")
    wanted = parser.parse_args()
    of_quotes(wanted.quotes, wanted.seed)
    of_pairs(wrong=wanted.wrong)
    of_rubrics(wrong=wanted.wrong)


if __name__ == "__main__":
    main()
