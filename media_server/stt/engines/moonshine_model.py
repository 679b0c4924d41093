"""The Moonshine network under ONNX Runtime: samples to tokens, tokens to text.

An encoder takes the samples as they are; a decoder gives one token at a time, with a cache of what
it computed before (Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice
Commands", 2024). Blocking, and for one thread of the caller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media_server.audio.types import SAMPLE_RATE, Pcm
from media_server.stt.moonshine_files import DECODER, ENCODER, TOKENIZER

START, END = 1, 2
"""Tokens around a text."""
FIRST_SAID = 3
"""Tokens before it say nothing."""
TOKENS_PER_S = 6.5
"""Speech has no more: what goes on is a loop (the bound of the model's authors)."""
TOKENS_MORE = 8
"""For a short segment of quick words."""
SHORTEST_SAMPLES = SAMPLE_RATE // 10
"""Shorter audio is filled up with silence: the encoder's filters need some."""
_PAST, _PRESENT = "past_key_values", "present"
_SPACE = "\u2581".encode()
_LONG = 128
"""A length from here on stands in two bytes."""

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the network made of one stretch of audio."""

    text: str
    first_logprob: float
    """Natural logarithm of the first token's probability: low where there is no speech."""
    mean_logprob: float
    """The mean of all tokens, with the one that ends the text."""
    ended: bool
    """False: it was stopped at the most tokens that speech of this length has."""


class Tokenizer:
    """The pieces of text by token."""

    def __init__(self, data: bytes) -> None:
        """`data`: for each token its length and its UTF-8 bytes. Raises ValueError when it is
        cut off."""
        self._pieces: list[bytes] = []
        at = 0
        while at < len(data):
            size, at = data[at], at + 1
            if size >= _LONG:
                if at >= len(data):
                    raise ValueError(f"{TOKENIZER} is cut off")
                size, at = size - _LONG + _LONG * data[at], at + 1
            if at + size > len(data):
                raise ValueError(f"{TOKENIZER} is cut off")
            self._pieces.append(data[at : at + size])
            at += size

    def __len__(self) -> int:
        return len(self._pieces)

    def text(self, tokens: list[int]) -> str:
        """Bytes that are no whole character are replaced by U+FFFD."""
        joined = b"".join(self._pieces[token] for token in tokens if token >= FIRST_SAID)
        return joined.replace(_SPACE, b" ").decode(errors="replace").strip()


class MoonshineModel:
    """The loaded network. Owns no thread where it is given one alone: then it may be forked."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Raises ImportError without onnxruntime, ValueError or what onnxruntime raises for files
        that are damaged."""
        self._tokenizer = Tokenizer((folder / TOKENIZER).read_bytes())
        self._encoder = _session(folder / ENCODER, threads)
        self._decoder = _session(folder / DECODER, threads)
        inputs = {one.name: one.shape for one in self._decoder.get_inputs()}
        outputs = {one.name: one.shape for one in self._decoder.get_outputs()}
        if outputs["logits"][-1] != len(self._tokenizer):
            raise ValueError(f"{TOKENIZER} has {len(self._tokenizer)} tokens, not the model's")
        empty = {name: _empty(shape) for name, shape in inputs.items() if name.startswith(_PAST)}
        self._empty: dict[str, NDArray[np.float32]] = empty
        self._all = ["logits", *(_present(name) for name in empty)]
        """The first step's outputs: the audio's part of the cache is computed once."""
        self._new = [name for name in self._all if ".encoder." not in name]

    def decode(self, pcm: Pcm) -> Decoded:
        """The likeliest token at each step. `pcm`: mono s16 at 16 kHz, under 30 s."""
        missing = max(0, SHORTEST_SAMPLES - pcm.size)
        samples = np.pad(pcm, (0, missing)).astype(np.float32) / 32768.0
        mask = np.ones((1, samples.size), np.int64)
        (heard,) = self._encoder.run(None, {"input_values": samples[None], "attention_mask": mask})
        feed: dict[str, Any] = {
            "encoder_attention_mask": mask,
            "encoder_hidden_states": heard,
            **self._empty,
        }
        logits = self._step(feed, START, first=True)
        tokens: list[int] = []
        logprobs: list[float] = []
        most = math.ceil(TOKENS_PER_S * samples.size / SAMPLE_RATE) + TOKENS_MORE
        while True:
            token, logprob = _likeliest(logits)
            logprobs.append(logprob)
            if token == END or len(tokens) >= most:
                break
            tokens.append(token)
            logits = self._step(feed, token, first=False)
        text = self._tokenizer.text(tokens)
        return Decoded(text, logprobs[0], sum(logprobs) / len(logprobs), ended=token == END)

    def _step(self, feed: dict[str, Any], token: int, *, first: bool) -> Logits:
        """What may follow `token`; what was computed for it joins the cache in `feed`."""
        feed["input_ids"] = np.array([[token]], np.int64)
        feed["use_cache_branch"] = np.array([not first])
        names = self._all if first else self._new
        logits, *cache = self._decoder.run(names, feed)
        feed.update(zip(map(_past, names[1:]), cache, strict=True))
        found: Logits = logits[0, -1]
        return found


def _session(path: Path, threads: int) -> Any:
    """Threads that wait spin no more than they must: the media loop needs the cores."""
    import onnxruntime  # noqa: PLC0415 - slow, and only where the engine is used

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # it keeps the most that any segment ever needed
    options.log_severity_level = 4  # what fails is raised as well
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _likeliest(logits: Logits) -> tuple[int, float]:
    token = int(logits.argmax())
    return token, -math.log(float(np.exp(logits - logits[token]).sum()))


def _empty(shape: list[Any]) -> NDArray[np.float32]:
    """Of a cache with nothing in it: [one segment, heads, no tokens, size]."""
    return np.zeros((1, shape[1], 0, shape[3]), np.float32)


def _present(past: str) -> str:
    return _PRESENT + past.removeprefix(_PAST)


def _past(present: str) -> str:
    return _PAST + present.removeprefix(_PRESENT)
