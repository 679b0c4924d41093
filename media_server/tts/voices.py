"""The voices in their order: one that fails rests, the next one speaks, a probe brings it back.

Piper has a child process of its own, so that its crash, its hang or its slow start never keeps
the embedded voices waiting, and a probe costs no candidate anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media_server.delivery import PLAIN, Delivery
from media_server.ports import Public, SpeechUnavailable
from media_server.tts.engine import EngineInfo, match_language
from media_server.tts.host import ChildHost, VoiceFailed

logger = logging.getLogger(__name__)

REST_S = 30.0
LONGEST_REST_S = 600.0
PROBE_TEXT = "1, 2, 3."
"""Digits: every language has words for them."""
_BUSY_S = 1.0


@dataclass(frozen=True, slots=True)
class Voice:
    host: ChildHost
    engine: EngineInfo


class Voices:
    """`start` first, `close` last. Hosts in order of preference, each with its engines in order."""

    def __init__(self, hosts: Sequence[ChildHost], *, rest_s: float = REST_S) -> None:
        self._hosts = tuple(hosts)
        self._rest_s = rest_s
        self._resting: dict[str, str] = {}
        """Name of the engine: what went wrong."""
        self._probes: dict[str, asyncio.Task[None]] = {}
        self.counters = {"faults": 0, "recovered": 0}

    @property
    def restarts(self) -> int:
        """Times that a child had ended, or was ended, and another was started."""
        return sum(host.restarts for host in self._hosts)

    async def start(self) -> None:
        """Returns when every child is warm or has failed to start."""
        await asyncio.gather(*(host.start() for host in self._hosts))

    async def close(self) -> None:
        probes = tuple(self._probes.values())
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)
        await asyncio.gather(*(host.close() for host in self._hosts))

    def usable(self, locale: str) -> list[Voice]:
        """Those that speak the language, first to last; resting ones only if there are no others.
        Empty: `why_not`."""
        speaking = [
            Voice(host, engine)
            for host in self._hosts
            if not host.problem
            for engine in host.engines
            if match_language(engine.languages, locale) is not None
        ]
        return [voice for voice in speaking if voice.engine.name not in self._resting] or speaking

    def remembered(self, locale: str) -> list[EngineInfo]:
        """Those whose clips of the language may be played: up to the first voice that is well.

        What a voice said before it failed is still what every candidate hears. What another one
        said in its place is not, once it is back.
        """
        found: list[EngineInfo] = []
        for host in self._hosts:
            for engine in host.known:
                if match_language(engine.languages, locale) is None:
                    continue
                found.append(engine)
                there = not host.problem and engine in host.engines
                if there and engine.name not in self._resting:
                    return found
        return found

    def is_well(self, engine: EngineInfo) -> bool:
        """Whether it does not rest after a failure."""
        return engine.name not in self._resting

    def why_not(self, locale: str) -> str:
        problems = [host.problem for host in self._hosts if host.problem]
        if problems:
            return problems[0]
        if not any(host.engines for host in self._hosts):
            return "no speech engine can be used: " + "; ".join(self._problems())
        fix = "".join(f" ({why})" for why in self._problems_of("espeak"))  # it speaks nearly all
        return f"no speech engine here speaks {locale[:35]!r}{fix}"

    async def synthesize(
        self,
        voice: Voice,
        text: str,
        locale: str,
        *,
        later: bool = False,
        delivery: Delivery = PLAIN,
        on_piece: Callable[[bytes], None] | None = None,
    ) -> bytes:
        """Raises SpeechUnavailable; an engine whose fault it was rests from then on. `on_piece`: as
        of `ChildHost.synthesize`."""
        try:
            return await voice.host.synthesize(
                voice.engine.name,
                text,
                locale,
                later=later,
                delivery=delivery,
                on_piece=on_piece,
            )
        except VoiceFailed as error:
            self.counters["faults"] += 1
            self._rest(voice, str(error))
            raise

    @property
    def notice(self) -> str:
        """What keeps a voice from speaking that should; empty when all is well."""
        parts = [f"the voice {name} rests ({why})" for name, why in self._resting.items()]
        parts += [host.problem for host in self._hosts if host.problem]
        first = self._hosts[0]
        if len(self._hosts) > 1 and not first.problem and not first.engines:
            parts += first.problems.values()
        return "; ".join(parts)

    def describe(self, *, details: bool = True) -> str:
        engines = [engine for host in self._hosts for engine in host.engines]
        if not engines:
            problems = [host.problem for host in self._hosts if host.problem] or self._problems()
            return f"none ({'; '.join(problems)})"
        listed = ", then ".join(
            " ".join(filter(None, (e.name, e.voice, e.detail if details else ""))) for e in engines
        )
        return f"{listed}; {self.notice}" if self.notice else listed

    @property
    def hint(self) -> str:
        """What to do for other languages, where English alone has a voice; else empty."""
        spoken = {
            tag.partition("-")[0]
            for host in self._hosts
            for engine in host.engines
            for tag in engine.languages
        }
        missing = self._problems_of("espeak")
        return f"only English has a voice: {missing[0]}" if spoken == {"en"} and missing else ""

    def _problems_of(self, name: str) -> list[str]:
        return [host.problems[name] for host in self._hosts if name in host.problems]

    def _problems(self) -> list[str]:
        return [problem for host in self._hosts for problem in host.problems.values()]

    def _rest(self, voice: Voice, why: str) -> None:
        name = voice.engine.name
        self._resting[name] = why
        voice.host.give_up(name, f"the voice {name} failed and rests")
        if name not in self._probes:
            logger.warning("the voice %s failed and rests: %s", name, Public(why))
            self._probes[name] = asyncio.create_task(self._probe(voice), name="speech-probe")

    async def _probe(self, voice: Voice) -> None:
        """Until it speaks again."""
        name, host = voice.engine.name, voice.host
        pause_s = wait_s = self._rest_s
        while True:
            await asyncio.sleep(wait_s)
            if host.busy:  # with what candidates wait for
                wait_s = _BUSY_S
                continue
            if not host.engines:  # it came back without the engine: only a new child loads it
                host.restart()
            with contextlib.suppress(SpeechUnavailable):
                await host.synthesize(name, PROBE_TEXT, voice.engine.languages[0])
                break
            pause_s = wait_s = min(2 * pause_s, LONGEST_REST_S)
        del self._resting[name]
        del self._probes[name]
        self.counters["recovered"] += 1
        logger.info("the voice %s works again", name)
