"""The front loads no media and no engine: it stays small, and no fault of theirs is its own."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "aiortc", "aioice", "av", "numpy", "onnxruntime", "ctranslate2", "faster_whisper", "hibari",
    "pocketsphinx", "webrtcvad", "redis", "ollama", "media_server.rtc.udp",
    "media_server.live.assembly", "media_server.stt.pool",
)  # fmt: skip


def test_what_it_never_imports() -> None:
    asked = f"import sys, media_server.front.serve; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
