"""Coverage-guided fuzzing of one parser: `make fuzz` runs it for each (scripts/fuzz.sh).

Needs atheris, which is in no lock. Arguments: the target's name, a folder for its corpus, options
of libFuzzer. What it finds is printed with the input; it becomes a seed or a case of test_parsers.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    name, corpus, *options = sys.argv[1:]
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(
        include=["media_server.rtc", "media_server.audio", "media_server.dialects", "aiortc"]
    ):
        targets = importlib.import_module("tests.fuzz.targets")
    target, seeds = targets.TARGETS[name]
    folder = Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], str(folder), *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
