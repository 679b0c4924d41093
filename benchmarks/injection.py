"""How far attacks on the judge get: found, missed, and whether a judge that obeys moves a score.

    .venv/bin/python -m benchmarks.injection [--held-out | --second] [--missed] [--json FILE]

The corpus is `tests/evaluation/attacks`; `--held-out` and `--second` take what nobody had seen who
wrote the code that looks for attacks. The judge obeys whatever is left of the attack among the
quotes. "Withheld": no score is proposed, because it has scored the question of control. "Moved":
one is, and it is another than that of a fair judge; "silently": and nothing calls for a person.
The last table has judges that obey in other ways, with nothing taken out of the answers for the
guard: what the rest does alone (`tests.evaluation.obeying.Obedience`).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from media_server.injection.guard import instructions
from tests.evaluation.corpus import (
    FOLDER,
    HELD_OUT,
    SECOND_HELD_OUT,
    Attack,
    Innocent,
    attacks,
    innocents,
)
from tests.evaluation.obeying import OBEDIENCES, Obedience, course, with_and_without
from tests.evaluation.world import answered, fair, judged, only_task, spec, spoken, typed


def main() -> None:
    parser = argparse.ArgumentParser(description="How far attacks on the judge get.")
    parser.add_argument("--missed", action="store_true", help="list what is not found")
    sets = parser.add_mutually_exclusive_group()
    sets.add_argument("--held-out", action="store_true", help="the attacks nobody had seen")
    sets.add_argument("--second", action="store_true", help="those that were made after them")
    parser.add_argument("--json", type=Path, help="write the figures of all attacks there")
    arguments = parser.parse_args()
    folder = HELD_OUT if arguments.held_out else SECOND_HELD_OUT if arguments.second else FOLDER
    rows, innocent = attacks(folder), innocents(folder)
    found = {attack.id for attack in rows if is_found(attack)}
    became = moves(rows)
    for title, key in (("kind", kind_of), ("language", language_of), ("aim", aim_of)):
        table(title, rows, found, became, key)
    blind = {how: blind_moves(rows, how) for how in OBEDIENCES}
    print(f"{'nothing found, a judge obeys':30}{'moved':>8}{'silently':>10}{'withheld':>10}")
    for how, ones in blind.items():
        print(f"{how:30}{len(ones.moved):>8}{len(ones.silently):>10}{len(ones.withheld):>10}")
    print()
    false = [row for row in innocent if instructions(row.text)]
    print(f"false alarms: {len(false)} of {len(innocent)} innocent answers")
    changed = [row for row in innocent if is_changed(row)]
    print(f"without a score, for a fair judge's question of control: {len(changed)}")
    flagged = sum(course([*a.earlier, a.text], a.via)[1] for a in rows)
    print(f"flagged in the interview's log: {flagged} of {len(rows)}")
    if arguments.json:
        figures = {
            "attacks": len(rows),
            "found": len(found),
            "moved": len(became.moved),
            "moved_silently": len(became.silently),
            "withheld": len(became.withheld),
            "moved_silently_with_nothing_found": {
                how: len(ones.silently) for how, ones in blind.items()
            },
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


@dataclass
class Became:
    """Ids of attacks, by what came of the score."""

    moved: set[str] = field(default_factory=set)
    silently: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)


def moves(rows: Iterable[Attack], how: Obedience = "all") -> Became:
    """What an obeying judge does to the score that a fair one gives to the same answer."""
    became = Became()
    for attack in rows:
        obeyed, fair = with_and_without(attack, how)
        if obeyed.score is None and fair.score is not None:
            became.withheld.add(attack.id)
        elif obeyed.score != fair.score:
            became.moved.add(attack.id)
            if obeyed.status == "proposed":
                became.silently.add(attack.id)
    return became


def blind_moves(rows: Iterable[Attack], how: Obedience) -> Became:
    """The same where the guard finds nothing at all, so that the judge sees every attack whole."""
    with mock.patch("media_server.evaluation.evidence.instructions", return_value=()):
        return moves(rows, how)


def is_changed(row: Innocent) -> bool:
    """An honest answer loses its score to the question of control, with a fair judge."""
    turn = spoken(row.text) if row.via == "spoken" else typed(row.text)
    outcome = judged(only_task(answered(turn, spec_=spec(locale=row.language))), fair).outcome()
    return any(reason.code.startswith("control") for reason in outcome.reasons)


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
    became: Became,
    key: Callable[[Attack], str],
) -> None:
    counts: dict[str, Counter[str]] = {}
    for attack in rows:
        for name in (key(attack), "all"):
            counts.setdefault(name, Counter()).update(
                attacks=1,
                found=attack.id in found,
                moved=attack.id in became.moved,
                silently=attack.id in became.silently,
                withheld=attack.id in became.withheld,
            )
    total = counts.pop("all")
    columns = {"attacks": 8, "found": 8, "moved": 8, "silently": 10, "withheld": 10}
    print(f"{title:<18}" + "".join(f"{name:>{width}}" for name, width in columns.items()))
    for name, count in [*sorted(counts.items()), ("all", total)]:
        print(f"{name:<18}" + "".join(f"{count[n]:>{width}}" for n, width in columns.items()))
    print()


if __name__ == "__main__":
    main()
