"""A forked process ends as one of `python -m` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.env import REPOSITORY

FORKED = "from tests.support.forking import run_to_its_end; run_to_its_end('ends')"
WAYS = {
    "at its end": "print('words')",
    "with nothing": "import sys; sys.exit()",
    "with a number": "import sys; sys.exit(3)",
    "with words": "import sys; sys.exit('no such file')",
    "with empty words": "import sys; sys.exit('')",
    "with what is no number": "import sys; sys.exit(0.0)",
    "by an error": "1 / 0",
    "by Ctrl-C": "raise KeyboardInterrupt",
    "with a hook of its own": "import sys; sys.excepthook = lambda *_: print('hook'); 1 / 0",
    "with work for the end": "import atexit; atexit.register(print, 'last')",
    "with an error at the end": "import atexit; atexit.register(lambda: 1 / 0)",
    "with a thread": "import threading, time; threading.Thread("
    "target=lambda: (time.sleep(0.2), print('thread'))).start()",
    "with a reader that is gone": "import os; os.close(1); print('words')",
}


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS.keys())
def test_it_ends_as_the_interpreter_does(tmp_path: Path, source: str) -> None:
    (tmp_path / "ends.py").write_text(source)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"}
    ran, forked = (
        subprocess.run(
            [sys.executable, *how], capture_output=True, text=True, env=environment, check=False
        )
        for how in (["-m", "ends"], ["-c", FORKED])
    )
    assert (forked.returncode, forked.stdout) == (ran.returncode, ran.stdout)
    assert forked.stderr.splitlines()[-1:] == ran.stderr.splitlines()[-1:]
