"""Asks a model of ends of turn about each pause, and tells the session what it says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from media_server.audio.types import SAMPLE_RATE, Pcm, SegmentAudio
from media_server.interview import inputs as inp
from media_server.live.tasks import TaskOwner
from media_server.ports.turn_model import TurnModel

KEPT_S = 8.0
"""Of what was said last: no model listens further back."""
PAUSE_S = 0.2
"""How much of the pause it hears."""


class EndModel:
    """One per session. It keeps audio only where there is a model to hear it."""

    def __init__(
        self,
        model: TurnModel,
        post: Callable[[inp.Input], None],
        tasks: TaskOwner,
        count: Callable[[str], None],
    ) -> None:
        self._model = model
        self._post = post
        self._tasks = tasks
        self._count = count
        self._turn_epoch = 0
        self._said: list[SegmentAudio] = []

    def heard(self, audio: SegmentAudio) -> None:
        """A closed segment of the candidate's speech. One that is found in the spool may come after
        newer ones."""
        epoch = audio.info.turn_epoch
        if not self._model.ready or not audio.final or epoch < self._turn_epoch:
            return
        if epoch != self._turn_epoch:
            self._turn_epoch, self._said = epoch, []
        said = sorted((*self._said, audio), key=lambda one: one.info.start_s)
        begin_s = said[-1].info.end_s - KEPT_S
        self._said = [one for one in said if one.info.end_s > begin_s]

    def paused(self, stopped: inp.SpeechStopped) -> None:
        if not self._model.ready or stopped.turn_epoch != self._turn_epoch or not self._said:
            return
        self._tasks.spawn(self._ask(joined(self._said), stopped), "end model")

    async def _ask(self, pcm: Pcm, stopped: inp.SpeechStopped) -> None:
        goes_on = await self._model.goes_on(pcm)
        self._count("end_model_silent" if goes_on is None else "end_model_answers")
        if goes_on is not None:
            rounded = round(goes_on, 3)
            self._post(inp.PauseJudged(stopped.turn_epoch, stopped.spoken_ms, rounded))


def joined(said: list[SegmentAudio]) -> Pcm:
    """As it was spoken, the pauses between as silence; the last 8 s and the pause's beginning."""
    first_s = said[0].info.start_s
    samples = round((said[-1].info.end_s - first_s) * SAMPLE_RATE)
    whole = np.zeros(max(samples, len(said[-1].pcm)), np.int16)
    for one in said:
        at = max(0, round((one.info.start_s - first_s) * SAMPLE_RATE))
        room = whole[at : at + len(one.pcm)]
        room[:] = one.pcm[: len(room)]
    kept = whole[-round(KEPT_S * SAMPLE_RATE) :]
    return np.concatenate([kept, np.zeros(round(PAUSE_S * SAMPLE_RATE), np.int16)])
