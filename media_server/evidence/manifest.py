"""What a bundle says about itself: the one file that is signed, naming all the others. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from media_server.evidence import layout

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
README = "README.txt"
RESULT = "result.json"
LOG = "log.ndjson"
CHAIN = "log.chain"
VTT = "transcript.vtt"
TEXT = "transcript.txt"
AUDIO = "audio/"
REQUIRED = (README, RESULT, VTT, TEXT, LOG, CHAIN)
"""In this order, after manifest and signature; the audio follows."""
SIGNATURE_BYTES = 64
MAX_MANIFEST_BYTES = 1 << 20
MAX_RESULT_BYTES = 32 << 20
"""Three hundred thousand words; as objects it may take thirty times as much memory."""
_AUDIO_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.ogg")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PublicJwk(_Part):
    """RFC 8037 §2. `kid`: its thumbprint (RFC 7638), which people compare."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    kid: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]


class LogFacts(_Part):
    entries: int = Field(ge=0)
    """Lines of the log, less its header."""
    chain: Sha256
    """The last hash of log.chain."""


class FileFacts(_Part):
    name: str
    size: int = Field(ge=0, le=layout.MAX_BYTES)
    sha256: Sha256

    @model_validator(mode="after")
    def _known(self) -> FileFacts:
        if self.name not in REQUIRED and not is_audio(self.name):
            raise ValueError("a name that no bundle has")
        return self


class Manifest(_Part):
    format: Literal["media-server-evidence/1"] = "media-server-evidence/1"
    interview: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    status: str
    partial: bool
    """Whether the interview, or its result, was not final yet."""
    made_at: str
    """By the clock of the server; RFC 3339."""
    software: str
    key: PublicJwk
    log: LogFacts
    files: tuple[FileFacts, ...] = Field(max_length=layout.MAX_FILES)
    """Every other file, in the order in which they stand in the ZIP."""

    @model_validator(mode="after")
    def _each_once(self) -> Manifest:
        names = [file.name for file in self.files]
        if tuple(names[: len(REQUIRED)]) != REQUIRED or len(set(names)) != len(names):
            raise ValueError("a file is missing, twice there, or not in its place")
        return self


def is_audio(name: str) -> bool:
    return name.startswith(AUDIO) and _AUDIO_NAME.fullmatch(name.removeprefix(AUDIO)) is not None


def encode(manifest: Manifest) -> bytes:
    return (manifest.model_dump_json(indent=1) + "\n").encode()
