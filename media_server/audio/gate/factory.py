"""The gate that the settings name, or the one that can be had."""

from __future__ import annotations

from media_server.audio.gate.policy import SpeechGate
from media_server.audio.gate.silero import SileroGate
from media_server.audio.gate.silero_model import GateUnavailable, load
from media_server.audio.gate.webrtc import WebrtcGate
from media_server.audio.types import GateName


def problem_of(name: GateName) -> str:
    """Load what `name` needs, once in a process, before the first call; "" when it is ready.

    Else why it cannot be had, and what to do: until then `make_gate` makes webrtc's.
    """
    if name == "silero":
        try:
            load()
        except GateUnavailable as error:
            return str(error)
    return ""


def make_gate(name: GateName, talker_dbfs: float | None = None) -> SpeechGate:
    """One for each call. Raises nothing: where `name` cannot be had, webrtc serves.

    `talker_dbfs`: `peak_dbfs` of a gate that has heard the same talker before; None: of nobody.
    webrtc does not take it: its range is small, and whoever speaks softer now would not be heard.
    """
    if name == "silero":
        try:
            return SileroGate(load(), talker_dbfs)
        except GateUnavailable:
            return WebrtcGate()
    return WebrtcGate()
