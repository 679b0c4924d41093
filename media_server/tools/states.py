"""Writes docs/states.md: the state diagram and the whole transition table, from the machine itself.

Run: python -m media_server.tools.states > docs/states.md
"""

from __future__ import annotations

import sys
from collections import defaultdict

from media_server.interview.machine import TABLE, Handled, Ignored
from media_server.interview.status import TERMINAL, Status

Edges = dict[tuple[Status, Status], list[str]]


def edges() -> Edges:
    """(from, to) → names of the inputs that lead there, in the table's order."""
    found: Edges = defaultdict(list)
    for (status, input_type), entry in TABLE.items():
        if isinstance(entry, Handled):
            for target in entry.leads_to:
                found[status, target].append(input_type.__name__)
    return dict(found)


def diagram() -> str:
    """Mermaid. What every state can do (be left, cancelled, fail, lose its call) stands below."""
    everywhere = {Status.CANCELLED, Status.FAILED, Status.ENDED_BY_CANDIDATE, Status.DISCONNECTED}
    lines = ["stateDiagram-v2", "    [*] --> created"]
    for (source, target), names in sorted(edges().items()):
        if target in everywhere:
            continue
        if source in (Status.DISCONNECTED, Status.PARKED, Status.PAUSED) and target not in (
            *TERMINAL,
            Status.PARKED,
        ):
            continue
        label = ", ".join("deadline" if name == "Tick" else name for name in names)
        lines.append(f"    {source.value} --> {target.value}: {label}")
    lines += [f"    {status.value} --> [*]" for status in sorted(TERMINAL)]
    return "\n".join(lines)


def table() -> str:
    """Every pair of state and input: ✓ handled, · ignored; the reasons once below."""
    inputs = list(dict.fromkeys(input_ for _, input_ in TABLE))
    open_states = [status for status in Status if status not in TERMINAL]
    lines = [
        "| input | " + " | ".join(status.value for status in open_states) + " | ended |",
        "|---|" + "---|" * (len(open_states) + 1),
    ]
    reasons: dict[str, set[str]] = defaultdict(set)
    for input_ in inputs:
        cells = []
        for status in (*open_states, Status.COMPLETED):
            entry = TABLE[status, input_]
            cells.append("·" if isinstance(entry, Ignored) else "✓")
            if isinstance(entry, Ignored):
                reasons[input_.__name__].add(entry.reason)
        lines.append(f"| {input_.__name__} | " + " | ".join(cells) + " |")
    lines += ["", "Ignored, because:", ""]
    lines += [f"- {name}: {'; '.join(sorted(why))}" for name, why in sorted(reasons.items())]
    return "\n".join(lines)


def page() -> str:
    return f"""# The states of an interview

Generated from the transition table by `python -m media_server.tools.states`; a test keeps it in
step. Each pair of state and input names the states it may lead to, and an exhaustive exploration
(`media_server/tools/state_space.py`) finds exactly those, whether or not a follow-up comes onto the
agenda, and whenever it does. Left out of the drawing because they hold
everywhere: any live state goes to `disconnected` when its call is lost and comes back to where it
was; `paused` and `parked` go back to where they came from; `leave`, `cancel` and a failure end any
of them with what was said so far.

```mermaid
{diagram()}
```

## Every pair

{table()}
"""


if __name__ == "__main__":
    sys.stdout.write(page())
