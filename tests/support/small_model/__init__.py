"""A real small language model as a process, behind Ollama's protocol; `make test-small-model`.

`available()` says where it was not fetched; `small_model()` starts it. It says nonsense: what must
hold with it holds whatever a model says.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.env import REPOSITORY

MODEL = "smollm2:135m"
PLACE = REPOSITORY / "build" / "small-model"
WEIGHTS = PLACE / "SmolLM2-135M-Instruct.Q4_1.gguf"
START_S = 60.0


def available() -> bool:
    """Whether `scripts/small-model.sh` has fetched it."""
    return WEIGHTS.is_file() and (PLACE / ".set-up").is_file() and bool(shutil.which("node"))


def why_not() -> str:
    """Why a test leaves it out; "": it is here and was asked for. It takes minutes."""
    if not os.environ.get("SMALL_MODEL"):
        return "a real small model was not asked for: make test-small-model"
    return "" if available() else "no small model here: scripts/small-model.sh fetches it (180 MB)"


@contextmanager
def small_model() -> Iterator[str]:
    """Yields its address, for MEDIA_SERVER_OLLAMA_URL with the model MODEL."""
    # Beside its packages, where Node looks for them.
    program = shutil.copy(Path(__file__).with_name("server.mjs"), PLACE)
    process = subprocess.Popen(
        ["node", program, str(WEIGHTS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield f"http://127.0.0.1:{_port(process)}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    said: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: said.put(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    try:
        line = said.get(timeout=START_S)
    except queue.Empty:
        raise AssertionError(f"the small model did not start within {START_S:g} s") from None
    word, _, rest = line.partition(" ")
    assert word == "listening", f"the small model ended with {process.poll()}"
    return int(rest.split()[0])
