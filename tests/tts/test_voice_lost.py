"""A voice whose process is killed, hangs or is closed: most of the time it is waited for."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from media_server.ports import SpeechUnavailable
from media_server.tts.service import SpeechService
from tests.support.env import REPOSITORY
from tests.support.waiting import until
from tests.tts.conftest import StartVoice, require_espeak


@pytest.fixture
def slow_flite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called flite that lists a voice, leaves its pid behind and then hangs."""
    program = tmp_path / "bin" / "flite"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        '  -lv) echo "Voices available: slt";;\n'
        '  --version) echo "version: slow";;\n'
        f"  *) echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; sleep 300;;\n"
        "esac\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(program.parent))
    return tmp_path / "pid"


async def appears(path: Path) -> int:
    await until(path.exists)
    pid = int(path.read_text())
    path.unlink()
    return pid


async def ended(pid: int) -> None:
    await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_kill_in_mid_synthesis(
    start_voice: StartVoice, slow_flite: Path, without_hibari: Path
) -> None:
    """Killed twice: the next voice speaks; the child is replaced and its program gone with it."""
    require_espeak()
    voice = await start_voice()
    speaking = asyncio.create_task(voice.speak("Hello.", locale="en", deadline_s=120))
    for _ in range(2):
        program = await appears(slow_flite)
        kill_child(voice)
        await ended(program)
    assert (await speaking).engine == "espeak-ng"
    assert "the voice flite rests (the speech process was lost" in voice.notice
    (program_alone,) = (slow_flite.parent / "bin").iterdir()
    assert program_alone.name == "flite", "no text is left behind"
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"


def kill_child(voice: SpeechService) -> None:
    host = voice._voices._hosts[-1]
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)


async def test_a_hang_ends_at_the_deadline_and_the_next_text_is_spoken(
    start_voice: StartVoice, slow_flite: Path, without_hibari: Path
) -> None:
    require_espeak()
    voice = await start_voice(job_timeout_s=6.0)
    with pytest.raises(SpeechUnavailable, match=r"no sound within 2 s"):
        await voice.speak("Hello.", locale="en", deadline_s=2.0)
    program = await appears(slow_flite)
    voice._voices._hosts[-1]._job_timeout_s = 60.0  # of the steps after the one that hangs
    assert (await voice.speak("Hallo.", locale="de", deadline_s=20)).engine == "espeak-ng"
    await ended(program)


async def test_kill_of_an_idle_child(start_voice: StartVoice) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")
    for number in range(3):
        kill_child(voice)
        assert (await voice.speak(f"Number {number}.", locale="en", deadline_s=20)).packets
    assert voice.figures()["restarts"] == 3


async def test_close_in_mid_synthesis(start_voice: StartVoice, slow_flite: Path) -> None:
    voice = await start_voice(engine="flite")
    speaking = asyncio.create_task(voice.speak("Hello.", locale="en", deadline_s=20))
    program = await appears(slow_flite)
    async with asyncio.timeout(20):
        await voice.close()
    with pytest.raises(SpeechUnavailable):
        await speaking
    await ended(program)
    with pytest.raises(SpeechUnavailable, match="closed"):
        await voice.speak("More.", locale="de", deadline_s=1)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_the_child_ends_with_its_parent(how: signal.Signals, tmp_path: Path) -> None:
    require_espeak()
    script = """
import asyncio, sys
from media_server.tts.factory import create_text_to_speech
from media_server.tts.settings import TtsSettings
async def main():
    voice = create_text_to_speech(TtsSettings(engine="espeak"))
    await voice.start()
    print(voice._voices._hosts[0].pid, flush=True)
    await asyncio.sleep(300)
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=REPOSITORY
    ) as parent:
        assert parent.stdout is not None
        child = int(await asyncio.to_thread(parent.stdout.readline))
        parent.send_signal(how)
    await ended(child)
