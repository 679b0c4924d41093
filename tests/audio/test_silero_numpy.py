"""The speech network by numpy: the same answers as onnxruntime gives for the same file."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from media_server.audio.gate import silero_model
from media_server.audio.gate.onnx_weights import read_weights
from media_server.audio.gate.silero_model import SileroStream
from media_server.audio.gate.silero_numpy import CHUNK, CONTEXT, SileroNumpy
from media_server.audio.types import Pcm
from media_server.onnx import onnxruntime
from tests.audio.streams import join, room, voice

FILE = silero_model._find()
HEARS = """
import sys, time
from pathlib import Path
from media_server.audio.gate.onnx_weights import read_weights
from media_server.audio.gate.silero_numpy import SileroNumpy
network = SileroNumpy(read_weights(Path(sys.argv[1]).read_bytes()))
state = network.beginning()
own_s, all_s = time.thread_time(), time.process_time()
for _ in range(100):
    _, state = network.run(bytes(2 * (64 + 4 * 512)), state)
print(time.process_time() - all_s - (time.thread_time() - own_s))
"""


@pytest.fixture(scope="module")
def network() -> SileroNumpy:
    return SileroNumpy(read_weights(FILE.read_bytes()))


def sounds() -> Pcm:
    """A talker, a room, hiss, and square waves at full scale."""
    hiss = np.random.default_rng(1).normal(0, 3000, 16_000).astype(np.int16)
    square = np.tile(np.repeat(np.array([32767, -32768], np.int16), 50), 160)
    return join(voice(2), room(1), hiss, square)


def in_runs_of(chunks: int, network: SileroNumpy, pcm: Pcm) -> list[float]:
    state, found = network.beginning(), []
    for begin in range(0, len(pcm) - CONTEXT - CHUNK * chunks + 1, CHUNK * chunks):
        part = pcm[begin : begin + CONTEXT + CHUNK * chunks]
        likely, state = network.run(part.tobytes(), state)
        found += likely
    return found


def test_it_answers_as_onnxruntime_does(network: SileroNumpy) -> None:
    pcm = sounds()
    count = (len(pcm) - CONTEXT) // CHUNK
    rows = np.stack([pcm[n * CHUNK :][: CONTEXT + CHUNK] for n in range(count)])
    nothing = np.zeros((1, 1, 128), np.float32)
    session = onnxruntime().InferenceSession(str(FILE), providers=["CPUExecutionProvider"])
    inputs = {"input": rows.astype(np.float32) / 32768, "h": nothing, "c": nothing}
    expected = session.run(None, inputs)[0].ravel()
    found = in_runs_of(1, network, pcm)
    assert max(expected) > 0.9 > 0.1 > min(expected)
    assert np.abs(np.array(found) - expected).max() < 1e-5


@pytest.mark.parametrize("chunks", [2, 3, 5])
def test_it_does_not_matter_how_many_chunks_come_at_once(network: SileroNumpy, chunks: int) -> None:
    pcm = sounds()
    together, one = in_runs_of(chunks, network, pcm), in_runs_of(1, network, pcm)
    assert together == one[: len(together)]


def test_calls_do_not_hear_each_other(network: SileroNumpy) -> None:
    """One network, whose buffers are everybody's: only the state is a call's own."""
    talker, hiss = voice(1)[: CONTEXT + CHUNK].tobytes(), sounds()[-CONTEXT - CHUNK :].tobytes()
    alone, state = network.run(talker, network.beginning())
    network.run(hiss, network.run(hiss, network.beginning())[1])
    again, same = network.run(talker, network.beginning())
    assert again == alone
    assert all(np.array_equal(*parts) for parts in zip(state, same, strict=True))


def test_two_threads_do_not_share_buffers(network: SileroNumpy) -> None:
    pcm = sounds()
    expected = in_runs_of(1, network, pcm)
    with ThreadPoolExecutor(2) as pool:
        own = [network.for_another_thread() for _ in range(2)]
        found = list(pool.map(lambda one: in_runs_of(1, one, pcm), own))
    assert found == [expected, expected]


def test_another_network_is_refused() -> None:
    weights = read_weights(FILE.read_bytes())
    weights["decoder.conv1d.bias"] = np.zeros(2, np.float32)
    with pytest.raises(ValueError, match="conv1d"):
        SileroNumpy(weights)


def test_weights_that_are_no_numbers_do_not_pass_for_silence() -> None:
    weights = read_weights(FILE.read_bytes())
    broken = weights["decoder.conv1d.weight"].copy()
    broken[0, 5, 0] = np.nan
    stream = SileroStream(SileroNumpy({**weights, "decoder.conv1d.weight": broken}))
    with pytest.raises(ValueError, match="no likelihood"):
        stream.likelihoods(bytes(2 * (CONTEXT + CHUNK)))


def test_it_wakes_no_thread() -> None:
    """On processors without AVX-512, whose OpenBLAS shares out smaller products than others'."""
    environ = {**os.environ, "OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "4"}
    command = [sys.executable, "-c", HEARS, str(FILE)]
    heard = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
    assert float(heard.stdout) < 0.03, "CPU seconds of threads other than its own"


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_file_that_ends_early_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r"ends within|missing"):
        SileroNumpy(read_weights(FILE.read_bytes()[:size]))


def test_a_file_that_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="wire type"):
        read_weights(b"\x0f" * 64)
