"""A worker that cannot start, beside others that serve: over children that are a few lines long."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_supervisor import SERVES, SEVERAL, supervised

pytestmark = pytest.mark.timeout(120)

BY_ROLE = """
from media_server import roles
role = roles.handed_over(os.environ)
os.write(1, f"{role.kind}:{role.number}\\n".encode())
"""


def test_a_worker_that_cannot_start_is_tried_again_while_the_others_serve(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    second = f"""
if role.number == 2:
    with open({str(tries)!r}, "a") as mark:
        mark.write(".")
    if os.path.getsize({str(tries)!r}) < 4:
        sys.exit(1)
"""
    with supervised(tmp_path / "e", BY_ROLE + second + SERVES, SEVERAL) as (process, said):
        wanted = [line for line in said_until(said, "worker:2", 4) if "worker" in line]
        assert wanted == ["worker:1", *["worker:2"] * 4]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    errors = (tmp_path / "e").read_text()
    assert errors.count("the server goes on without it") == 3
    assert "worker 2 ended (exit code 1) before it was ready" in errors
    assert "tries again in 2 s" in errors


def test_settings_that_one_worker_cannot_use_end_the_start(tmp_path: Path) -> None:
    second = "if role.number == 2: sys.exit(2)\n"
    with supervised(tmp_path / "e", BY_ROLE + second + SERVES, SEVERAL) as (process, said):
        assert process.wait(60) == 2
        assert "worker:2" in {line.strip() for line in said}


def said_until(said: Iterator[str], words: str, times: int) -> list[str]:
    """All lines until these have come so often."""
    lines: list[str] = []
    while lines.count(words) < times:
        lines.append(next(said).strip())
    return lines
