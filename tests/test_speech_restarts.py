"""How often the recognisers' process was started again: from the supervisor to /metrics."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import cast

from media_server import restarts
from media_server.front.figures import FrontFigures, merged_figures
from media_server.front.workers import Workers
from media_server.placement import Placement
from tests.test_supervisor import SERVES, SEVERAL, supervised


def test_how_often_the_recognisers_were_started_again_is_written_down(tmp_path: Path) -> None:
    """Their process has no /metrics, and the one that died cannot count its death."""
    plan = SEVERAL.replace('Path("/run")', f"Path({str(tmp_path)!r})")
    plan = plan.replace("speech=False", "speech=True")
    tells = """
from media_server import roles
role = roles.handed_over(os.environ)
parent.ready()
os.write(1, f"{role.kind} {os.getpid()}\\n".encode())
"""
    written = tmp_path / "speech.restarts"
    with supervised(tmp_path / "e", tells + SERVES, plan) as (process, said):
        seen: list[str] = []

        def hear(what: str, times: int = 1) -> str:
            while sum(line.startswith(what) for line in seen) < times:
                seen.append(next(said))
            return [line for line in seen if line.startswith(what)][-1]

        pid = int(hear("speech ").split()[1])
        assert restarts.read(written) == restarts.Restarts(dict.fromkeys(restarts.REASONS, 0))
        os.kill(pid, signal.SIGKILL)
        hear("speech ", times=2)
        found = restarts.read(written)
        assert found is not None
        assert found.counts == {"hung": 0, "killed": 1, "exited": 0}
        hear("serving")  # else one that is asked before it is ready says so with its code
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


async def test_restarts_of_the_recognisers_are_among_the_figures(tmp_path: Path) -> None:
    """Their process answers nobody: its supervisor writes the file, before each start of it."""

    class Nobody:
        async def figures(self) -> dict[str, str]:
            return {}

    path = tmp_path / "speech.restarts"
    figures = FrontFigures(Placement(), {}, lambda: 0.0, path)

    async def told() -> str:
        return (await merged_figures(cast("Workers", Nobody()), figures)).decode()

    assert 'worker="speech"' not in await told(), "there is no such process"
    restarts.write(path, {})
    killed = 'media_server_process_restarts_total{reason="killed",worker="speech"}'
    assert f"\n{killed} 0.0" in await told(), "from the start"
    restarts.write(path, {"killed": 2, "hung": 1})
    text = await told()
    assert f"\n{killed} 2.0" in text
    assert f"\n{killed.replace('killed', 'hung')} 1.0" in text
    assert [one.name for one in tmp_path.iterdir()] == [path.name], "no draft is left"
    path.write_bytes(b"\xff\xfe")
    assert 'worker="speech"' not in await told()
    restarts.write(tmp_path / "gone" / "speech.restarts", {"killed": 1})  # no disk: no figure
