"""smart-turn v3.2 (pipecat, BSD-2-Clause): an encoder like Whisper's and one number.

It hears the last 8 s up to a pause and says how likely it is that the speaker has finished. Asked
in the middle of read sentences it is right little more often than chance; it is good at speech that
breaks off in "um" and "because". So it may make a pause longer and never shorter
(`interview.patience`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.model_files import wrong_sizes
from media_server.onnx import onnxruntime
from media_server.turn_model.log_mel import log_mel

NAME = "smart-turn"
FILE = "smart-turn.onnx"
PULL = "media-server models pull smart-turn"
HEARD_S = 8
"""What it is given; shorter speech has silence before it."""


class TurnModelUnavailable(Exception):
    """It cannot be had; the text says why and what to do."""


def find_problem(folder: str) -> str:
    """What keeps the directory from being the model, in words; "": nothing."""
    path = Path(folder) / FILE
    try:
        if not path.is_file():
            return f"{path} is missing: `{PULL}`"
        return "; ".join(wrong_sizes(path.parent))
    except OSError as error:
        return f"{error.filename or path} cannot be read: {error.strerror}"


class SmartTurn:
    """Blocking, and for one thread."""

    def __init__(self, folder: str) -> None:
        """Takes 0.3 s. Raises TurnModelUnavailable."""
        if problem := find_problem(folder):
            raise TurnModelUnavailable(problem)
        try:
            runtime = onnxruntime()
            options = runtime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            self._session: Any = runtime.InferenceSession(str(Path(folder) / FILE), options)
            (self._input,) = (entry.name for entry in self._session.get_inputs())
        except Exception as error:  # onnxruntime has no common class of its own
            raise TurnModelUnavailable(
                f"{folder} cannot be loaded ({type(error).__name__}): `{PULL}` fetches it again"
            ) from error

    def goes_on(self, pcm: Pcm) -> float:
        """0: that was all; 1: more is to come. `pcm`: int16 at 16 kHz, up to the pause and the
        beginning of it; of more than 8 s the last."""
        features = log_mel(stretch(pcm))[None]
        ((finished,),) = self._session.run(None, {self._input: features})[0]
        return min(1.0, max(0.0, 1.0 - float(finished)))


def stretch(pcm: Pcm) -> Pcm:
    """Exactly 8 s, with the end of `pcm` at its end."""
    samples = HEARD_S * SAMPLE_RATE
    heard = pcm[-samples:]
    return np.concatenate([np.zeros(samples - len(heard), np.int16), heard])
