"""What `media-server models` knows by name: repository, pinned revision, checksum, licence.

A commit of the hub fixes the content of every file; the checksums here are of the weights alone
and guard against a hub, mirror or proxy that says otherwise. Some models can also be had from
packages of an index (`model_packages`): of these every file is pinned. The licences are as the
model cards state them; they are not legal advice.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field

from media_server.model_files import KOKORO, MOONSHINE, PIPER, TURN, WHISPER
from media_server.tools.model_packages import (
    BASE,
    KOKORO_INT8,
    MOONSHINE_TINY_EN,
    SMART_TURN,
    TINY_EN,
    Mirror,
)

PIPER_REPOSITORY = "rhasspy/piper-voices"
PIPER_REVISION = "v1.0.0"
_VOICE = re.compile(r"^(?P<family>[a-z]{2,3})_(?P<region>[A-Z]{2})-(?P<name>\w+)-(?P<quality>\w+)$")
_WHISPER_MIT = "MIT (weights of OpenAI)"
_DISTIL_MIT = "MIT (Distil-Whisper)"
_FROM_LESSAC = "research only: fine-tuned from lessac (Blizzard 2013); its own data: "
"""The weights of such a voice began as lessac's, whose licence lets nobody sell what comes of it,
whatever the licence of the recordings that were added."""


_PACKAGED = {MOONSHINE: MOONSHINE_TINY_EN, KOKORO: KOKORO_INT8, TURN: SMART_TURN}
"""Kinds of which there is one model, which lies in packages alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    kind: str
    name: str
    repository: str
    """At the hub; "": it is not there in this form."""
    revision: str
    """A commit where one is pinned, else a branch or tag."""
    licence: str
    size_mb: int = 0
    sha256: dict[str, str] = field(default_factory=dict)
    """By file of the repository."""
    note: str = ""
    mirror: Mirror | None = None
    """Packages it can be had from where the hub cannot be reached."""

    @property
    def key(self) -> str:
        """What `models pull` calls it."""
        return f"moonshine-{self.name}" if self.kind == MOONSHINE else self.name

    @property
    def title(self) -> str:
        """What people read."""
        if self.kind == TURN:
            return self.name
        kind = self.kind.capitalize()
        return kind if self.name == self.kind else f"{kind} {self.name}"

    @property
    def files(self) -> tuple[str, ...]:
        """Paths in the repository; those that end with "?" may be missing there."""
        if (known := _PACKAGED.get(self.kind)) is not None:
            return tuple(file.name for file in (self.mirror or known).files)
        if self.kind == PIPER:
            folder = voice_folder(self.name)
            return tuple(
                f"{folder}/{name}"
                for name in (f"{self.name}.onnx", f"{self.name}.onnx.json", "MODEL_CARD?")
            )
        return (
            "model.bin",
            "config.json",
            "tokenizer.json",
            "vocabulary.json?",
            "vocabulary.txt?",
            "preprocessor_config.json?",
            "README.md?",
        )


def _whisper(
    name: str,
    revision: str,
    size_mb: int,
    sha256: str = "",
    *,
    repository: str = "",
    licence: str = _WHISPER_MIT,
    mirror: Mirror | None = None,
) -> Entry:
    note = "English only" if name.endswith(".en") or name.startswith("distil") else ""
    checksums = {"model.bin": sha256} if sha256 else {}
    if mirror is not None:
        checksums |= {file.name: file.sha256 for file in mirror.files}
    where = repository or f"Systran/faster-whisper-{name}"
    return Entry(WHISPER, name, where, revision, licence, size_mb, checksums, note, mirror)


def _voice(name: str, licence: str, size_mb: int = 63, sha256: str = "") -> Entry:
    checksums = {f"{voice_folder(name)}/{name}.onnx": sha256} if sha256 else {}
    return Entry(PIPER, name, PIPER_REPOSITORY, PIPER_REVISION, licence, size_mb, checksums)


def voice_folder(name: str) -> str:
    """ "en/en_US/lessac/medium" of "en_US-lessac-medium". Raises ValueError for no voice's name."""
    match = _VOICE.match(name)
    if match is None:
        raise ValueError(f"{name!r} is not the name of a Piper voice, such as en_US-lessac-medium")
    family, region, speaker, quality = match.group("family", "region", "name", "quality")
    return f"{family}/{family}_{region}/{speaker}/{quality}"


CATALOGUE = {
    entry.key: entry
    for entry in (
        _whisper(
            "tiny", "d90ca5fe260221311c53c58e660288d3deb8d356", 76,
            "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1",
        ),
        _whisper("tiny.en", "0d3d19a32d3338f10357c0889762bd8d64bbdeba", 76, mirror=TINY_EN),
        _whisper("base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66", 145, mirror=BASE),
        _whisper("base.en", "3d3d5dee26484f91867d81cb899cfcf72b96be6c", 145),
        _whisper(
            "small", "536b0662742c02347bc0e980a01041f333bce120", 484,
            "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671",
        ),
        _whisper("small.en", "d1d751a5f8271d482d14ca55d9e2deeebbae577f", 484),
        _whisper(
            "medium", "08e178d48790749d25932bbc082711ddcfdfbc4f", 1530,
            "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae",
        ),
        _whisper("medium.en", "a29b04bd15381511a9af671baec01072039215e3", 1530),
        _whisper("large-v2", "f0fe81560cb8b68660e564f55dd99207059c092e", 3090),
        _whisper(
            "large-v3", "edaa852ec7e145841d8ffdb056a99866b5f0a478", 3090,
            "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1",
        ),
        _whisper(
            "large-v3-turbo", "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf", 1620,
            "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da",
            repository="mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        ),
        _whisper(
            "distil-small.en", "main", 332,
            repository="Systran/faster-distil-whisper-small.en", licence=_DISTIL_MIT,
        ),
        _whisper(
            "distil-large-v3", "main", 1510,
            repository="Systran/faster-distil-whisper-large-v3", licence=_DISTIL_MIT,
        ),
        Entry(
            MOONSHINE, "tiny-en", "", "", "MIT (Moonshine AI)", 44,
            note="English only, for interims", mirror=MOONSHINE_TINY_EN,
        ),
        Entry(
            KOKORO, "kokoro", "", "", "Apache-2.0 (Kokoro-82M), MIT (its ONNX export)", 97,
            note="eight English voices, for MEDIA_SERVER_TTS_ENGINE=kokoro", mirror=KOKORO_INT8,
        ),
        Entry(
            TURN, "smart-turn", "", "", "BSD-2-Clause (pipecat)", 9,
            note="hears whether more is to come: MEDIA_SERVER_END_OF_TURN_MODEL=smart-turn",
            mirror=SMART_TURN,
        ),
        _voice(
            "en_US-ljspeech-medium", "public domain (LJ Speech)",
            sha256="6f52a751e2349abe7a76735eb09dc1875298c77ea2342ffd2fef79ff81b87f22",
        ),
        _voice(
            "en_US-lessac-medium", "Blizzard 2013: research only, read its terms",
            sha256="5efe09e69902187827af646e1a6e9d269dee769f9877d17b16b1b46eeaaf019f",
        ),
        _voice("en_US-libritts_r-medium", "CC BY 4.0 (LibriTTS-R)", 79),
        _voice("en_US-joe-medium", _FROM_LESSAC + "see its MODEL_CARD"),
        _voice("en_GB-alba-medium", _FROM_LESSAC + "CC BY 4.0"),
        _voice("de_DE-thorsten-medium", _FROM_LESSAC + "CC0 (Thorsten-Voice)"),
        _voice("fr_FR-siwis-medium", _FROM_LESSAC + "CC BY 4.0 (SIWIS)"),
    )
}  # fmt: skip


def entry_of(kind: str, name: str) -> Entry:
    """Of a model that lies there, which the catalogue need not know."""
    for entry in CATALOGUE.values():
        if (entry.kind, entry.name) == (kind, name):
            return entry
    if kind == PIPER and _VOICE.match(name):
        return _voice(name, "see its MODEL_CARD")
    return Entry(kind, name, "", "", "unknown here: put there by hand")


def find(name: str) -> Entry:
    """By name or alias; any voice of the Piper repository may be named.

    Raises ValueError with the names there are.
    """
    wanted = {"large": "large-v3", "turbo": "large-v3-turbo"}.get(name, name)
    if wanted in CATALOGUE:
        return CATALOGUE[wanted]
    if match := _VOICE.match(wanted):
        speaker = match["name"]
        relatives = (name for name in CATALOGUE if _FROM_LESSAC in CATALOGUE[name].licence)
        if any(f"-{speaker}-" in name for name in relatives):  # another quality of the same
            return _voice(wanted, _FROM_LESSAC + "see its MODEL_CARD")
        return _voice(wanted, "see its MODEL_CARD, also for what it was fine-tuned from")
    close = [entry.name for entry in CATALOGUE.values() if entry.repository == wanted][:1]
    close = close or difflib.get_close_matches(wanted, CATALOGUE, 1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    raise ValueError(
        f"there is no model {name!r}{meant}: take one of {', '.join(CATALOGUE)}, or any voice of "
        f"https://huggingface.co/{PIPER_REPOSITORY} by its name, such as nl_NL-mls-medium"
    )
