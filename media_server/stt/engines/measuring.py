"""Measures a Whisper model in a process of its own: `python -m media_server.stt.engines.measuring`.

Reads the settings as JSON from stdin and writes what it found to stdout, so that whoever asks
(`media-server doctor`) loads no model and can stop it. The figure is remembered: workers that start
afterwards go by it.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from dataclasses import dataclass

from media_server.ports import EngineUnavailable
from media_server.stt import speed
from media_server.stt.engines.registry import create_engine
from media_server.stt.settings import WHISPER, SttSettings

LIMIT_S = 90.0
"""Loading and three runs; a machine that needs longer is too slow for anything."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model costs, or why that is not known."""

    model: str
    cpu_per_s: float | None
    problem: str = ""


def measure(settings: SttSettings, model_dir: str, *, limit_s: float = LIMIT_S) -> Measured:
    """Of the model in `model_dir`, with these settings. Blocks for at most `limit_s`."""
    asked = dataclasses.replace(settings, model_dir=model_dir, slow_model_dir="")
    try:
        done = subprocess.run(  # noqa: S603 - this very interpreter and module
            [sys.executable, "-m", __name__],
            input=json.dumps(asked.to_mapping()),
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        answer = json.loads(done.stdout)
        return Measured(str(answer["model"]), answer["cpu_per_s"], str(answer["problem"]))
    except subprocess.TimeoutExpired:
        return Measured(model_dir, None, f"it took longer than {limit_s:g} s")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Measured(model_dir, None, f"it ended without an answer ({type(error).__name__})")


def main() -> int:
    """0 where it was measured, else 1."""
    settings = SttSettings.from_mapping(json.load(sys.stdin))
    engine = create_engine(WHISPER, settings)
    cost: float | None = None
    problem = ""
    try:
        engine.warm_up()
        cost = speed.remember(settings, speed.measure(engine), again=True)
    except EngineUnavailable as error:
        problem = str(error)
    except Exception as error:  # whatever the library raises is an answer here
        problem = f"{type(error).__name__}: {error}"
    json.dump({"model": engine.model, "cpu_per_s": cost, "problem": problem}, sys.stdout)
    return int(cost is None)


if __name__ == "__main__":
    raise SystemExit(main())
