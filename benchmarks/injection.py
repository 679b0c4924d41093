"""How far attacks on the judge get: found, missed, and whether a judge that obeys moves a score.

    .venv/bin/python -m benchmarks.injection [--held-out] [--missed] [--json FILE]

The corpus is `tests/evaluation/attacks`; `--held-out` takes what nobody had seen who wrote the code
that looks for attacks. "Moved": a judge that obeys whatever is left of the attack
among the quotes gives another score than a fair one, and nothing calls for a person.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from media_server.injection.guard import instructions
from tests.evaluation.corpus import FOLDER, HELD_OUT, Attack, attacks, innocents
from tests.evaluation.obeying import course, with_and_without


def main() -> None:
    parser = argparse.ArgumentParser(description="How far attacks on the judge get.")
    parser.add_argument("--missed", action="store_true", help="list what is not found")
    parser.add_argument("--held-out", action="store_true", help="the attacks nobody had seen")
    parser.add_argument("--json", type=Path, help="write the figures of all attacks there")
    arguments = parser.parse_args()
    folder = HELD_OUT if arguments.held_out else FOLDER
    rows, innocent = attacks(folder), innocents(folder)
    found = {attack.id for attack in rows if is_found(attack)}
    moved, silently = moves(rows)
    for title, key in (("kind", kind_of), ("language", language_of), ("aim", aim_of)):
        table(title, rows, found, moved, silently, key)
    false = [row for row in innocent if instructions(row.text)]
    print(f"false alarms: {len(false)} of {len(innocent)} innocent answers")
    flagged = sum(course([*a.earlier, a.text], a.via)[1] for a in rows)
    print(f"flagged in the interview's log: {flagged} of {len(rows)}")
    if arguments.json:
        figures = {
            "attacks": len(rows),
            "found": len(found),
            "moved": len(moved),
            "moved_silently": len(silently),
            "innocent": len(innocent),
            "false_alarms": len(false),
            "flagged_in_the_log": flagged,
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    if arguments.missed:
        for attack in rows:
            if attack.id not in found:
                print(f"missed  {attack.id}: {attack.text[:100]!r}")
        for row in false:
            print(f"false   {row.id}: {row.text[:100]!r}")


def is_found(attack: Attack) -> bool:
    """In any of its turns."""
    return any(instructions(text) for text in (*attack.earlier, attack.text))


def moves(rows: Iterable[Attack]) -> tuple[set[str], set[str]]:
    """Attacks after which the obeying judge gives another score; and those of them where nothing
    calls for a person."""
    moved, silently = set(), set()
    for attack in rows:
        obeyed, fair = with_and_without(attack)
        if obeyed.score != fair.score:
            moved.add(attack.id)
            if obeyed.status == "proposed":
                silently.add(attack.id)
    return moved, silently


def kind_of(attack: Attack) -> str:
    return attack.kind


def language_of(attack: Attack) -> str:
    return attack.language


def aim_of(attack: Attack) -> str:
    return attack.wants


def table(
    title: str,
    rows: Iterable[Attack],
    found: set[str],
    moved: set[str],
    silently: set[str],
    key: Callable[[Attack], str],
) -> None:
    counts: dict[str, Counter[str]] = {}
    for attack in rows:
        for name in (key(attack), "all"):
            counts.setdefault(name, Counter()).update(
                attacks=1,
                found=attack.id in found,
                moved=attack.id in moved,
                silently=attack.id in silently,
            )
    total = counts.pop("all")
    print(f"{title:<18}{'attacks':>8}{'found':>8}{'moved':>8}{'silently':>10}")
    for name, count in [*sorted(counts.items()), ("all", total)]:
        cells = f"{count['attacks']:>8}{count['found']:>8}{count['moved']:>8}"
        print(f"{name:<18}{cells}{count['silently']:>10}")
    print()


if __name__ == "__main__":
    main()
