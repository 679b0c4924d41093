"""Silero VAD v6, as faster-whisper ships it: one network for all calls, a state for each.

The file (2 MB, MIT) holds the weights; `silero_numpy` computes with them. Chunks of one call belong
together and are taken in order.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Protocol

from media_server.audio.gate.onnx_weights import read_weights
from media_server.audio.gate.silero_numpy import CHUNK, CONTEXT, SileroNumpy

__all__ = ["CHUNK", "CONTEXT", "GateUnavailable", "SileroNetwork", "SileroStream", "load"]

_FILE = Path("assets", "silero_vad_v6.onnx")


class GateUnavailable(Exception):
    """The network cannot be had; the text says why and what to do."""


class SileroNetwork(Protocol):
    """What all calls of a thread share. A state is the network's own affair."""

    def beginning(self) -> Any:
        """The state before anything was heard."""

    def for_another_thread(self) -> SileroNetwork:
        """The same network, for use in a thread other than the calls'."""

    def run(self, pcm: bytes, state: Any) -> tuple[list[float], Any]:
        """(likelihood of speech for each chunk, the state after them); see `likelihoods`."""


class SileroStream:
    """One call's audio on its way through the network."""

    def __init__(self, network: SileroNetwork) -> None:
        self._network = network
        self._state = network.beginning()

    def likelihood(self, pcm: bytes) -> float:
        """The highest of the chunks in `pcm`: see `likelihoods`."""
        return max(self.likelihoods(pcm))

    def likelihoods(self, pcm: bytes) -> list[float]:
        """Of each chunk in `pcm`, int16: 64 samples of context, then whole chunks, at least one.

        Raises what the network raises, or ValueError for an answer that is no number.
        """
        found, self._state = self._network.run(pcm, self._state)
        for one in found:
            if not 0.0 <= one <= 1.0:  # not so for NaN, which the state keeps
                self._state = self._network.beginning()
                raise ValueError("the network's answer is no likelihood")
        return found


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
        network = SileroNumpy(read_weights(path.read_bytes()))
        SileroStream(network).likelihood(bytes(2 * (CONTEXT + CHUNK)))
    except (OSError, ValueError) as error:
        raise GateUnavailable(f"{path.name} cannot be used ({error}): reinstall it") from error
    return network


def _find() -> Path:
    """Where the file is, without importing the package: that takes a second."""
    spec = importlib.util.find_spec("faster_whisper")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise GateUnavailable(f"{_FILE.name} was not found: install faster-whisper 1.2.1 or newer")
