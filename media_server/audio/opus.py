"""A small binding to libopus by ctypes: decode to 16 kHz mono with FEC and concealment, encode.

The system's library is taken first, then the copy that PyAV's wheel carries. Decoding holds the
GIL on purpose: a packet takes about 20 µs, and giving the lock away for so short a call makes the
event loop wait up to a switch interval (5 ms) to have it back. Encoding releases it, because a
whole clip is encoded on a thread of its own.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from media_server.audio.opus_packet import MAX_PACKET_SAMPLES, inspect_packet, packet_samples
from media_server.audio.types import SAMPLE_RATE, Pcm

__all__ = [
    "OpusDecoder",
    "OpusEncoder",
    "OpusError",
    "OpusUnavailable",
    "inspect_packet",
    "library_name",
    "library_version",
    "packet_samples",
]

_APPLICATION_VOIP = 2048
_SET_BITRATE = 4002
_SET_COMPLEXITY = 4010
_SET_INBAND_FEC = 4012
_SET_PACKET_LOSS_PERC = 4014
_SET_DTX = 4016
_SET_SIGNAL = 4024
_SIGNAL_VOICE = 3001
_GET_LOOKAHEAD = 4027
_RESET_STATE = 4028
_MAX_ENCODED_BYTES = 1275 * 3 + 7
_RATES = (8000, 12_000, 16_000, 24_000, 48_000)


class OpusUnavailable(Exception):
    """No usable libopus on this machine; the text says what to install."""


class OpusError(Exception):
    """libopus refused: a malformed packet or an argument out of range."""


def library_name() -> str:
    """Path or soname of the libopus in use, for diagnostics. Raises OpusUnavailable."""
    return _library()[0]


def library_version() -> str:
    """What the library calls itself, for example "libopus 1.5.2". Raises OpusUnavailable."""
    return str(_library()[2].opus_get_version_string().decode())


def _candidates() -> Iterator[str]:
    """System library first; the wheel's copy is found without importing PyAV (slow, large)."""
    yield "libopus.so.0"
    found = ctypes.util.find_library("opus")
    if found:
        yield found
    spec = importlib.util.find_spec("av")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        for folder, pattern in (
            (package.parent / "av.libs", "libopus-*.so*"),
            (package / ".dylibs", "libopus*.dylib"),
            (package.parent / "av.libs", "*opus*.dll"),
        ):
            yield from (str(path) for path in sorted(folder.glob(pattern)))


@cache
def _library() -> tuple[str, Any, Any]:
    """(name, calls that keep the GIL, calls that release it)."""
    for name in _candidates():
        try:
            holding, releasing = ctypes.PyDLL(name), ctypes.CDLL(name)
            _declare(holding)
            _declare(releasing)
        except (OSError, AttributeError):
            continue
        return name, holding, releasing
    raise OpusUnavailable(
        "libopus was not found: install it (Debian, Ubuntu: apt install libopus0; Fedora: "
        "dnf install opus; macOS: brew install opus) or reinstall the PyPI package av, whose "
        "wheel carries a copy"
    )


def _declare(library: Any) -> None:
    pointer, integer, data = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    errors = ctypes.POINTER(integer)
    for name, result, arguments in (
        ("opus_get_version_string", data, []),
        ("opus_strerror", data, [integer]),
        ("opus_decoder_create", pointer, [ctypes.c_int32, integer, errors]),
        ("opus_decoder_destroy", None, [pointer]),
        ("opus_decode", integer, [pointer, data, ctypes.c_int32, pointer, integer, integer]),
        ("opus_encoder_create", pointer, [ctypes.c_int32, integer, integer, errors]),
        ("opus_encoder_destroy", None, [pointer]),
        ("opus_encode", ctypes.c_int32, [pointer, pointer, integer, pointer, ctypes.c_int32]),
    ):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    # Variadic: ctypes wants the regular arguments declared, and passes the rest as the platform's
    # convention for variable arguments asks (it differs on ARM64 of Apple).
    for name in ("opus_decoder_ctl", "opus_encoder_ctl"):
        function = getattr(library, name)
        function.restype = integer
        function.argtypes = [pointer, integer]


def _undeclared(library: Any, name: str) -> Any:
    """The function without declared arguments: a call then costs a third. Pointers must be given as
    `c_void_p` (or bytes, or None), and what is an int in C as an int."""
    function = library[name]
    function.restype = ctypes.c_int
    return function


def _error(library: Any, code: int, doing: str) -> OpusError:
    return OpusError(f"{doing}: {library.opus_strerror(code).decode()} ({code})")


def _check_format(sample_rate: int, channels: int) -> None:
    if sample_rate not in _RATES:
        raise OpusError(f"sample_rate {sample_rate} is not one of {_RATES}")
    if channels not in (1, 2):
        raise OpusError(f"channels {channels} is neither 1 nor 2")


class OpusDecoder:
    """One decoder state. Stereo packets come out mixed down when `channels` is 1.

    Results are int16, interleaved when stereo; shape (samples * channels,). After `close` (or at
    the end of a `with` block) every call raises OpusError. Not for use by two threads at once.
    """

    _state: ctypes.c_void_p | None = None

    def __init__(self, sample_rate: int = SAMPLE_RATE, channels: int = 1) -> None:
        _check_format(sample_rate, channels)
        library = _library()[1]
        self._library = library
        self._decode = _undeclared(library, "opus_decode")
        self.sample_rate = sample_rate
        self.channels = channels
        self._per_48k = 48_000 // sample_rate
        self._limit = MAX_PACKET_SAMPLES // self._per_48k
        self._buffer: Any = ctypes.create_string_buffer(self._limit * channels * 2)
        """A slice of it is bytes, at a third of what `string_at` costs."""
        self._address = ctypes.c_void_p(ctypes.addressof(self._buffer))
        self._frame_bytes = 2 * channels
        code = ctypes.c_int()
        state = library.opus_decoder_create(sample_rate, channels, ctypes.byref(code))
        if code.value or not state:
            raise _error(library, code.value, "cannot make an Opus decoder")
        self._state = ctypes.c_void_p(state)

    def decode_bytes(self, packet: bytes) -> bytes:
        """`decode`, as native-endian bytes: what the receive path keeps, without an array."""
        if not packet:
            raise OpusError("an empty packet holds no audio")
        state = self._state
        if state is None:
            raise OpusError("the decoder is closed")
        # as `_run` does it, without the call: 50 times a second for each candidate
        count = self._decode(state, packet, len(packet), self._address, self._limit, 0)
        if count < 0:
            raise _error(self._library, count, "not an Opus packet")
        pcm: bytes = self._buffer[: count * self._frame_bytes]
        return pcm

    def decode_fec_bytes(self, next_packet: bytes, samples: int) -> bytes:
        """`decode_fec`, as native-endian bytes."""
        if not next_packet:
            raise OpusError("an empty packet holds no audio")
        return self._run(next_packet, len(next_packet), self._whole(samples), 1)

    def conceal_bytes(self, samples: int) -> bytes:
        """`conceal`, as native-endian bytes."""
        return self._run(None, 0, self._whole(samples), 0)

    def decode(self, packet: bytes) -> Pcm:
        """The packet's audio. Raises OpusError for bytes that are not an Opus packet."""
        return np.frombuffer(self.decode_bytes(packet), np.int16)

    def decode_fec(self, next_packet: bytes, samples: int) -> Pcm:
        """The `samples` before `next_packet`, from the copy it carries; without one, concealed.

        Call before decoding `next_packet` itself. `samples` is a multiple of 2.5 ms at most 120 ms.
        """
        return np.frombuffer(self.decode_fec_bytes(next_packet, samples), np.int16)

    def conceal(self, samples: int) -> Pcm:
        """Packet loss concealment: the last sound, fading. `samples` as for `decode_fec`."""
        return np.frombuffer(self.conceal_bytes(samples), np.int16)

    def reset(self) -> None:
        """Forget the past: another stream follows."""
        if self._state is None:
            raise OpusError("the decoder is closed")
        self._library.opus_decoder_ctl(self._state, _RESET_STATE)

    def close(self) -> None:
        """Free the native state. Harmless when done twice."""
        state, self._state = self._state, None
        if state is not None:
            self._library.opus_decoder_destroy(state)

    def __enter__(self) -> OpusDecoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _whole(self, samples: int) -> int:
        if not 0 < samples <= self._limit or samples * 400 % self.sample_rate:
            raise OpusError(f"{samples} samples are not a multiple of 2.5 ms up to 120 ms")
        return samples

    def _run(self, packet: bytes | None, size: int, limit: int, fec: int) -> bytes:
        state = self._state
        if state is None:
            raise OpusError("the decoder is closed")
        count = self._decode(state, packet, size, self._address, limit, fec)
        if count < 0:
            raise _error(self._library, count, "not an Opus packet")
        pcm: bytes = self._buffer[: count * self._frame_bytes]
        return pcm


class OpusEncoder:
    """One encoder state, set for speech over a lossy network.

    In-band FEC is on for `expected_loss` per cent, so a receiver that misses one packet can take
    it from the next. `bitrate` is bit/s. `close` or a `with` block frees the native state.
    """

    _state: int | None = None

    def __init__(
        self,
        sample_rate: int,
        channels: int = 1,
        *,
        bitrate: int = 28_000,
        fec: bool = True,
        expected_loss: int = 10,
        dtx: bool = False,
        complexity: int = 9,
    ) -> None:
        _check_format(sample_rate, channels)
        library = _library()[2]
        self._library = library
        self.sample_rate = sample_rate
        self.channels = channels
        self._buffer = ctypes.create_string_buffer(_MAX_ENCODED_BYTES)
        code = ctypes.c_int()
        self._state = library.opus_encoder_create(
            sample_rate, channels, _APPLICATION_VOIP, ctypes.byref(code)
        )
        if code.value or not self._state:
            raise _error(library, code.value, "cannot make an Opus encoder")
        for request, value in (
            (_SET_BITRATE, bitrate),
            (_SET_INBAND_FEC, int(fec)),
            (_SET_PACKET_LOSS_PERC, expected_loss),
            (_SET_DTX, int(dtx)),
            (_SET_COMPLEXITY, complexity),
            (_SET_SIGNAL, _SIGNAL_VOICE),
        ):
            result = library.opus_encoder_ctl(self._state, request, ctypes.c_int32(value))
            if result:
                self.close()
                raise _error(library, result, f"encoder setting {request} = {value}")

    @property
    def lookahead_samples(self) -> int:
        """Samples at `sample_rate` by which decoded audio lags: the pre-skip of RFC 7845."""
        value = ctypes.c_int32()
        if self._state is None:
            raise OpusError("the encoder is closed")
        self._library.opus_encoder_ctl(self._state, _GET_LOOKAHEAD, ctypes.byref(value))
        return value.value

    def encode(self, pcm: Pcm) -> bytes:
        """One packet of one frame: 2.5, 5, 10, 20, 40 or 60 ms of int16, interleaved if stereo."""
        if self._state is None:
            raise OpusError("the encoder is closed")
        pcm = np.ascontiguousarray(pcm, np.int16)
        size = self._library.opus_encode(
            self._state,
            pcm.ctypes.data,
            len(pcm) // self.channels,
            ctypes.addressof(self._buffer),
            _MAX_ENCODED_BYTES,
        )
        if size < 0:
            raise _error(self._library, size, f"cannot encode {len(pcm)} samples")
        return ctypes.string_at(self._buffer, size)

    def encode_all(self, pcm: Pcm, frame_ms: int = 20) -> list[bytes]:
        """Packets of `frame_ms` for a whole clip; the last frame is filled with silence."""
        step = self.sample_rate * frame_ms // 1000 * self.channels
        whole = np.zeros(-(-len(pcm) // step) * step, np.int16)
        whole[: len(pcm)] = pcm
        return [self.encode(whole[at : at + step]) for at in range(0, len(whole), step)]

    def close(self) -> None:
        """Free the native state. Harmless when done twice."""
        state, self._state = self._state, None
        if state is not None:
            self._library.opus_encoder_destroy(state)

    def __enter__(self) -> OpusEncoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()
