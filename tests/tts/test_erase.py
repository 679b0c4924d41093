"""What an interview alone has said goes with it: from memory, from disk, and in the making."""

from __future__ import annotations

import asyncio
from pathlib import Path

from media_server.interview.phrases import is_fixed, phrase, time_up_words
from media_server.tts.owners import ClipOwners
from media_server.tts.service import SpeechService
from tests.support.waiting import until
from tests.tts.conftest import StartVoice, require_espeak


def clips(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*.clip"))


def shared_clips(directory: Path) -> list[str]:
    return [name for name in clips(directory) if "shared" in Path(name).parts]


async def disk_is_idle(voice: SpeechService) -> None:
    await until(lambda: not voice._disk._running)


async def test_erased_from_memory_and_disk(start_voice: StartVoice, tmp_path: Path) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")

    async def say(text: str, interview_id: str) -> None:
        await voice.speak(text, locale="en", deadline_s=20, interview_id=interview_id)

    await say("Why the walrus?", "iv_1")
    await say("A question of both.", "iv_1")
    await say("A question of both.", "iv_2")
    await say("Take your time.", "")
    await disk_is_idle(voice)
    assert len(shared_clips(tmp_path)) == 3
    assert set(await voice.interviews()) == {"iv_1", "iv_2"}
    await voice.erase("iv_1")
    assert len(shared_clips(tmp_path)) == 2
    assert sorted(clip.text for clip in voice._memory.values()) == [
        "A question of both.",
        "Take your time.",
    ]
    made = voice.counters["made"]
    await say("A question of both.", "iv_2")
    assert voice.counters["made"] == made
    await voice.erase("iv_2")
    assert [clip.text for clip in voice._memory.values()] == ["Take your time."]
    assert len(shared_clips(tmp_path)) == 1
    assert len(clips(tmp_path)) == 2, "and the name that keeps it"


async def test_every_candidate_hears_the_same_bytes(
    start_voice: StartVoice, tmp_path: Path
) -> None:
    """After a restart too, and when the interview that had it made is erased."""
    require_espeak()
    heard: list[tuple[bytes, ...]] = []
    made = 0
    for number in (1, 2, 3):
        voice = await start_voice(engine="espeak")
        for interview_id in (f"iv_{number}", f"iv_{number}_more"):  # from disk, from memory
            clip = await voice.speak(
                "Why the walrus?", locale="en", deadline_s=20, interview_id=interview_id
            )
            heard.append(tuple(clip.packets))
        await disk_is_idle(voice)
        await voice.erase(f"iv_{number}")
        made += voice.counters["made"]
        await voice.close()
    assert made == 1
    assert len(set(heard)) == 1
    assert len(shared_clips(tmp_path)) == 1
    voice = await start_voice(engine="espeak")
    for number in (1, 2, 3):
        await voice.erase(f"iv_{number}_more")
    assert clips(tmp_path) == []


async def test_what_memory_has_is_written_again(start_voice: StartVoice, tmp_path: Path) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")

    async def say(voice: SpeechService, interview_id: str) -> tuple[bytes, ...]:
        clip = await voice.speak(
            "Why the walrus?", locale="en", deadline_s=20, interview_id=interview_id
        )
        return tuple(clip.packets)

    first = await say(voice, "iv_1")
    await disk_is_idle(voice)
    for path in tmp_path.rglob("*.clip"):
        path.unlink()
    assert await say(voice, "iv_2") == first
    await disk_is_idle(voice)
    later = await start_voice(engine="espeak")
    assert await say(later, "iv_3") == first
    assert later.counters["disk"] == 1


async def test_erased_while_it_was_made(start_voice: StartVoice, tmp_path: Path) -> None:
    require_espeak()
    voice = await start_voice(engine="espeak")
    making = asyncio.create_task(
        voice.speak("Why the walrus?", locale="en", deadline_s=20, interview_id="iv_1")
    )
    await asyncio.sleep(0)
    await voice.erase("iv_1")
    assert (await making).packets, "whoever waits for it still hears it"
    while voice._making:
        await asyncio.sleep(0.01)
    await disk_is_idle(voice)
    assert clips(tmp_path) == []
    assert not voice._memory


def test_owners_are_bounded_and_an_erased_one_owns_nothing() -> None:
    owners = ClipOwners()
    owners.use(["a", "b"], "iv_1")
    owners.use(["a"], "iv_2")
    owners.erase("iv_1")
    assert owners.of_nobody() == ("b",)
    owners.use(["b"], "iv_1")
    assert not owners.wanted("b")
    assert owners.wanted("a")
    for number in range(5_000):
        owners.use(["a"], f"iv_{number}")
    assert len(owners._users["a"]) <= 1_000


def test_what_every_interview_says_is_shared() -> None:
    assert is_fixed(phrase("wrap_up", "en"))
    assert is_fixed(time_up_words("de"))
    assert not is_fixed("Why did the purple walrus resign?")
