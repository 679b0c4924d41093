"""Silero VAD v6 by numpy alone: the same network as in the file, for one call at a time.

onnxruntime takes 115 µs for a chunk of 32 ms, most of it for its own bookkeeping of 37 small nodes.
Here it is six matrix products of OpenBLAS and some twenty vector operations into buffers that are
kept, and takes a third of that. The answers agree to 1e-6.

    512 samples and 64 before them, the last 64 mirrored behind
    -> 4 windows of 256, each 128 further: magnitude of their windowed DFT, 129 bins
    -> convolutions over time with ReLU: 129 -> 128, 128 -> 64 (stride 2), 64 -> 64 (stride 2),
       64 -> 128 (of one step only the middle tap counts)
    -> LSTM of 128 -> ReLU, one weight each, logistic function

Each convolution is a product with the rows of what its taps see, side by side; a one at the end of
a row brings the bias. Factors are moved into the weights: 1/32768 of the samples into the DFT, and
1/2 into the gates, because (1 + tanh(x/2))/2 is the logistic function of x.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

CHUNK = 512
CONTEXT = 64
UNITS = 128
_BINS = 129
_WINDOW, _HOP, _STEPS = 256, 128, 4
_ENCODER = "encoder.conv_layers"
_SHAPES = {
    "encoder.feature_extractor.forward_basis_buffer": (2 * _BINS, 1, _WINDOW),
    f"{_ENCODER}.0.weight": (128, _BINS, 3),
    f"{_ENCODER}.0.bias": (128,),
    f"{_ENCODER}.1.weight": (64, 128, 3),
    f"{_ENCODER}.1.bias": (64,),
    f"{_ENCODER}.2.weight": (64, 64, 3),
    f"{_ENCODER}.2.bias": (64,),
    f"{_ENCODER}.3.weight": (128, 64, 3),
    f"{_ENCODER}.3.bias": (128,),
    "onnx::LSTM_209": (1, 4 * UNITS, UNITS),
    "onnx::LSTM_210": (1, 4 * UNITS, UNITS),
    "onnx::LSTM_211": (1, 8 * UNITS),
    "decoder.conv1d.weight": (1, UNITS, 1),
    "decoder.conv1d.bias": (1,),
}
_TOGETHER = 2
"""Chunks in one product: more save nothing, and OpenBLAS would wake its threads, which cost ten
times what they save."""
_ZERO = np.zeros((), np.float32)
_ONE = np.ones((), np.float32)
_HALF = np.full((), 0.5, np.float32)

State = tuple[Any, Any]
"""(twice the LSTM's output, its cell), float32 of shape (128,) each; private to the network."""


class SileroNumpy:
    """What all calls of a thread share. Not for two threads at once: see `for_another_thread`."""

    def __init__(self, weights: dict[str, Any]) -> None:
        """`weights`: of the file, by their names. Raises ValueError where it is another network."""
        for name, shape in _SHAPES.items():
            if name not in weights or weights[name].shape != shape:
                raise ValueError(f"this is not Silero v6: {name} is missing or not {shape}")
        self._dft = np.ascontiguousarray(
            weights["encoder.feature_extractor.forward_basis_buffer"][:, 0].T / np.float32(32768)
        )
        taps = [(0, 1, 2), (0, 1, 2), (1, 2), (1,)]
        self._layers = [
            _product(
                weights[f"{_ENCODER}.{layer}.weight"][:, :, used],
                weights[f"{_ENCODER}.{layer}.bias"],
            )
            for layer, used in enumerate(taps)
        ]
        self._gates = _gates(*(weights[f"onnx::LSTM_{number}"][0] for number in (209, 210, 211)))
        self._last = weights["decoder.conv1d.weight"].reshape(UNITS) * _HALF
        self._last_bias = float(weights["decoder.conv1d.bias"][0])
        self._rooms: dict[int, _Room] = {}

    def beginning(self) -> State:
        """Before anything was heard."""
        return np.zeros(UNITS, np.float32), np.zeros(UNITS, np.float32)

    def for_another_thread(self) -> SileroNumpy:
        """The same weights, with buffers of its own."""
        other = copy.copy(self)
        other._rooms = {}
        return other

    def run(self, pcm: bytes, state: State) -> tuple[list[float], State]:
        """(likelihood of speech for each chunk, the state after them).

        `pcm`: int16 at 16 kHz, 64 samples of context, then whole chunks of 512 in order.
        """
        chunks = (len(pcm) // 2 - CONTEXT) // CHUNK
        if chunks > _TOGETHER:
            return self._in_pieces(pcm, chunks, state)
        room = self._rooms.get(chunks)
        if room is None:
            room = self._rooms[chunks] = _Room(chunks)
        self._encode(pcm, room)
        return self._remember(room, state)

    def _in_pieces(self, pcm: bytes, chunks: int, state: State) -> tuple[list[float], State]:
        found: list[float] = []
        for first in range(0, chunks, _TOGETHER):
            end = min(chunks, first + _TOGETHER)
            piece = pcm[2 * first * CHUNK : 2 * (end * CHUNK + CONTEXT)]
            likely, state = self.run(piece, state)
            found += likely
        return found, state

    def _encode(self, pcm: bytes, room: _Room) -> None:
        """What the LSTM hears of each chunk, into `room.heard`."""
        dot, floor = np.dot, np.maximum
        np.frombuffer(pcm, np.int16).take(room.places, out=room.picked, mode="clip")
        room.windows[...] = room.picked
        spectrum = dot(room.windows, self._dft, room.spectrum)
        np.multiply(spectrum, spectrum, out=spectrum)
        np.add(room.real, room.imaginary, out=room.power)
        np.sqrt(room.power, out=room.magnitude)
        room.rows_0[...] = room.seen_0
        floor(dot(room.input_0, self._layers[0], room.output_0), _ZERO, out=room.output_0)
        room.steps[...] = room.output_0_steps
        room.rows_1[...] = room.seen_1
        dot(room.input_1, self._layers[1], room.output_1)
        floor(room.output_1_rows, _ZERO, out=room.rows_2)
        floor(dot(room.input_2, self._layers[2], room.output_2), _ZERO, out=room.rows_3)
        floor(dot(room.input_3, self._layers[3], room.output_3), _ZERO, out=room.heard)

    def _remember(self, room: _Room, state: State) -> tuple[list[float], State]:
        """The LSTM and what it says, chunk after chunk."""
        dot, tanh, multiply, gates = np.dot, np.tanh, np.multiply, self._gates
        output, cell = state
        found = []
        opened, write, passed, keep, fresh = room.gate_views
        for row in room.memory:
            row[UNITS : 2 * UNITS] = output
            tanh(dot(row, gates, room.gates), out=room.gates)
            np.add(opened, _ONE, out=opened)
            cell = multiply(keep, cell)
            cell += multiply(write, fresh, out=write)
            cell *= _HALF
            output = tanh(cell)
            output *= passed
            level = float(dot(np.maximum(output, _ZERO, out=room.loud), self._last))
            found.append(_logistic(level + self._last_bias))
        return found, (output, cell)


class _Room:
    """Buffers for so many chunks, and views of them. Over 20 attributes on purpose:
    each saves making it again."""

    def __init__(self, chunks: int) -> None:
        steps = chunks * _STEPS
        self.places = _places(chunks)
        self.picked = np.zeros((steps, _WINDOW), np.int16)
        self.windows = _zeros(steps, _WINDOW)
        self.spectrum = _zeros(steps, 2 * _BINS)
        self.real, self.imaginary = self.spectrum[:, :_BINS], self.spectrum[:, _BINS:]
        magnitudes = _zeros(chunks, _STEPS + 2, _BINS)
        self.magnitude = magnitudes[:, 1:-1]
        self.power = _zeros(chunks, _STEPS, _BINS)
        self.real = self.real.reshape(chunks, _STEPS, _BINS)
        self.imaginary = self.imaginary.reshape(chunks, _STEPS, _BINS)
        self.seen_0 = _taps(magnitudes, _STEPS, 3, 1)
        self.input_0, self.rows_0 = _with_one(steps, 3 * _BINS, (chunks, _STEPS))
        self.output_0 = _zeros(steps, 128)
        self.output_0_steps = self.output_0.reshape(chunks, _STEPS, 128)
        padded = _zeros(chunks, _STEPS + 1, 128)
        self.steps = padded[:, 1:]
        self.seen_1 = _taps(padded, 2, 3, 2)
        self.input_1, self.rows_1 = _with_one(2 * chunks, 3 * 128, (chunks, 2))
        self.output_1 = _zeros(2 * chunks, 64)
        self.output_1_rows = self.output_1.reshape(chunks, 128)
        self.input_2, self.rows_2 = _with_one(chunks, 128, (chunks,))
        self.output_2 = _zeros(chunks, 64)
        self.input_3, self.rows_3 = _with_one(chunks, 64, (chunks,))
        self.output_3 = _zeros(chunks, UNITS)
        self.memory, _ = _with_one(chunks, 2 * UNITS, (chunks,))
        self.heard = self.memory[:, :UNITS]
        self.gates = _zeros(4 * UNITS)
        at = [self.gates[first * UNITS : (first + 1) * UNITS] for first in range(4)]
        self.gate_views = (self.gates[: 3 * UNITS], at[0], at[1], at[2], at[3])
        self.loud = _zeros(UNITS)


def _zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


def _with_one(rows: int, width: int, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """(rows that end with 1, for a bias; the view of `width` columns to be written)."""
    made = np.ones((rows, width + 1), np.float32)
    made[:, :width] = 0
    return made, made.reshape(*shape, width + 1)[..., :width]


def _taps(padded: Any, steps: int, taps: int, stride: int) -> Any:
    """A view of what each step of a convolution sees: shape (chunks, steps, taps * channels)."""
    chunks, _, channels = padded.shape
    whole, step, one = padded.strides
    return as_strided(padded, (chunks, steps, taps * channels), (whole, step * stride, one))


def _places(chunks: int) -> Any:
    """Which samples each window holds: shape (chunks * 4, 256)."""
    row = np.pad(np.arange(CONTEXT + CHUNK), (0, 64), mode="reflect")
    windows = np.stack([row[at : at + _WINDOW] for at in range(0, _STEPS * _HOP, _HOP)])
    return np.concatenate([windows + CHUNK * chunk for chunk in range(chunks)])


def _product(weights: Any, bias: Any) -> Any:
    """A convolution (out, in, taps) as a matrix (taps * in + 1, out): rows of taps, then bias."""
    flat = weights.transpose(2, 1, 0).reshape(-1, len(bias))
    return np.ascontiguousarray(np.concatenate([flat, bias[None]]), np.float32)


def _gates(heard: Any, before: Any, biases: Any) -> Any:
    """The LSTM's gates, in ONNX' order (input, output, forget, cell), as (128 + 128 + 1, 512)."""
    bias = biases[: 4 * UNITS] + biases[4 * UNITS :]
    gates = np.concatenate([heard.T, before.T * _HALF, bias[None]])
    gates[:, : 3 * UNITS] *= _HALF
    return np.ascontiguousarray(gates, np.float32)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
