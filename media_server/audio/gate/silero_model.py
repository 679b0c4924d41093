"""Silero VAD v6, as faster-whisper ships it: one network for all calls, a state for each.

The file (2 MB, MIT) takes rows of 576 samples, 64 of the past and 512 new ones, at 16 kHz, and the
state of the network, and answers how likely each row is speech. Rows of one call belong together
and are taken in order; one inference for several of them costs little more than for one.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from media_server.onnx import onnxruntime

CHUNK = 512
CONTEXT = 64
_FILE = Path("assets", "silero_vad_v6.onnx")
_STATE = (1, 1, 128)


class GateUnavailable(Exception):
    """The network cannot be had; the text says why and what to do."""


class SileroNetwork:
    """What all calls of the process share. Raises what onnxruntime raises for the file."""

    def __init__(self, path: Path) -> None:
        runtime = onnxruntime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        session = runtime.InferenceSession(str(path), options, providers=providers)
        self._run = session.run

    def run(self, rows: Any, state: tuple[Any, Any]) -> tuple[list[float], tuple[Any, Any]]:
        """(likelihood of speech for each row, the state after them)."""
        found = self._run(None, {"input": rows, "h": state[0], "c": state[1]})
        return found[0].ravel().tolist(), (found[1], found[2])


class SileroStream:
    """One call's audio on its way through the network."""

    def __init__(self, network: SileroNetwork) -> None:
        self._network = network
        self._state = _beginning()

    def likelihood(self, pcm: bytes) -> float:
        """The highest of the chunks in `pcm`: see `likelihoods`."""
        return max(self.likelihoods(pcm))

    def likelihoods(self, pcm: bytes) -> list[float]:
        """Of each chunk in `pcm`, int16: 64 samples of context, then whole chunks, at least one.

        Raises what the network raises, or ValueError for an answer that is no number.
        """
        samples = np.frombuffer(pcm, np.int16).astype(np.float32)
        samples *= 1 / 32768
        count = (len(samples) - CONTEXT) // CHUNK
        shape, steps = (count, CONTEXT + CHUNK), (4 * CHUNK, 4)
        rows = np.lib.stride_tricks.as_strided(samples, shape, steps, writeable=False)
        found, self._state = self._network.run(np.ascontiguousarray(rows), self._state)
        if not all(0.0 <= one <= 1.0 for one in found):  # not so for NaN, which the state keeps
            self._state = _beginning()
            raise ValueError("the network's answer is no likelihood")
        return found


def _beginning() -> tuple[Any, Any]:
    return np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)


_loaded: SileroNetwork | GateUnavailable | None = None


def load() -> SileroNetwork:
    """The network, made once in a process; load it before the first call, not in one.

    Raises GateUnavailable, for ever the same: a call does not look for files.
    """
    global _loaded  # noqa: PLW0603 - what all calls share
    if _loaded is None:
        try:
            _loaded = _load()
        except GateUnavailable as error:
            _loaded = error
    if isinstance(_loaded, GateUnavailable):
        raise _loaded
    return _loaded


def _load() -> SileroNetwork:
    path = _find()
    try:
        network = SileroNetwork(path)
        SileroStream(network).likelihood(bytes(2 * (CONTEXT + CHUNK)))
    except ImportError as error:
        raise GateUnavailable(f"onnxruntime cannot be imported ({error}): install it") from error
    except Exception as error:  # onnxruntime raises a kind of its own for each thing
        kind = type(error).__name__
        raise GateUnavailable(f"{path.name} cannot be used ({kind}): reinstall it") from error
    return network


def _find() -> Path:
    """Where the file is, without importing the package: that takes a second."""
    spec = importlib.util.find_spec("faster_whisper")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise GateUnavailable(f"{_FILE.name} was not found: install faster-whisper 1.2.1 or newer")
