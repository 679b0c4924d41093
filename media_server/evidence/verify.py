"""Checks a bundle offline, without trust in any byte of it, in bounded memory. Blocking.

The signed manifest has the size and the SHA-256 of every file. With these, every byte of the ZIP
is known (`layout`), so the file is compared from its first byte to its last. Nothing is unpacked,
so there is nothing that could grow.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from media_server.evidence import chain, keys, layout
from media_server.evidence import manifest as names
from media_server.evidence.checks import SHOWN, BadLog, LogWords, ResultChecks, shortened
from media_server.evidence.manifest import FileFacts, Manifest
from media_server.evidence.reading import BundleFile, LineTooLong

WHOLE, WRONG, UNDECIDED = 0, 1, 2


@dataclass(slots=True)
class Verdict:
    """What was found. `faults` empty and `signer_known`: the bundle is what the server signed."""

    faults: list[str] = field(default_factory=list)
    """What is wrong, and where."""
    facts: list[str] = field(default_factory=list)
    """What was checked and holds."""
    unproved: list[str] = field(default_factory=list)
    """What this bundle cannot prove."""
    manifest: Manifest | None = None
    signer_known: bool = False
    """The key that signed is one of those that were given."""

    @property
    def code(self) -> int:
        if self.faults:
            return WRONG
        return WHOLE if self.signer_known else UNDECIDED


@dataclass(frozen=True, slots=True)
class _Placed:
    """A file of the ZIP, where its manifest puts it."""

    name: str
    size: int
    at: int
    """Of its local header."""

    @property
    def content_at(self) -> int:
        return self.at + layout.LOCAL_BYTES + len(self.name)

    @property
    def end(self) -> int:
        return self.content_at + self.size


def verify(path: Path, trusted: Collection[str]) -> Verdict:
    """`trusted`: fingerprints of keys. Raises OSError where the file cannot be read."""
    verdict = Verdict()
    with BundleFile(path) as file:
        _Verifier(file, verdict).run(trusted)
    return verdict


class _Verifier:
    def __init__(self, file: BundleFile, verdict: Verdict) -> None:
        self._file = file
        self._faults = verdict.faults
        self._verdict = verdict

    def run(self, trusted: Collection[str]) -> None:
        found = self._signed_manifest(trusted)
        if found is None:
            return
        manifest, first = found
        self._verdict.manifest = manifest
        sizes = [
            (name, size) for name, size in (*first, *((f.name, f.size) for f in manifest.files))
        ]
        if (size := layout.total_size(sizes)) > layout.MAX_BYTES:
            self._faults.append(f"manifest.json names {size} bytes: no bundle is as large")
            return
        placed = [
            _Placed(name, size, at)
            for (name, size), at in zip(sizes, layout.offsets(sizes), strict=False)
        ]
        by_name = {file.name: file for file in placed}
        crcs = [self._content(file, facts) for file, facts in _with_facts(placed, manifest)]
        self._headers(placed, crcs)
        self._end(placed, size)
        if not self._faults:
            count = len(placed)
            self._verdict.facts.append(
                f"{count} files, {self._file.size} bytes: each accounted for"
            )
        log = self._log(manifest, by_name[names.LOG], by_name[names.CHAIN])
        if log is not None:
            self._result(manifest, by_name[names.RESULT], log)

    # --- the manifest -------------------------------------------------------------------------

    def _signed_manifest(
        self, trusted: Collection[str]
    ) -> tuple[Manifest, list[tuple[str, int]]] | None:
        header = self._file.read(0, layout.LOCAL_BYTES + len(names.MANIFEST))
        size = layout.size_in(header)
        if size is None or not header.endswith(names.MANIFEST.encode()):
            self._faults.append(
                "it does not begin with manifest.json (bytes 0 to 42): this is no evidence "
                "bundle, or its beginning was changed"
            )
            return None
        if size > names.MAX_MANIFEST_BYTES:
            self._faults.append(f"manifest.json claims {size} bytes: no bundle has such a one")
            return None
        signature_file = _Placed(names.SIGNATURE, names.SIGNATURE_BYTES, len(header) + size)
        text = self._file.read(len(header), size)
        signature = self._file.read(signature_file.content_at, names.SIGNATURE_BYTES)
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError as error:
            where = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, where["loc"])) or "all of it"
            self._faults.append(
                f"manifest.json cannot be read ({place:.80}): it was changed, or a newer release "
                "made it"
            )
            return None
        if keys.is_signed(manifest.key, text, signature):
            self._signer(manifest.key.kid, trusted)
        else:
            self._faults.append(
                "manifest.json is not what was signed, or its signature was changed"
            )
        return manifest, [(names.MANIFEST, size), (names.SIGNATURE, names.SIGNATURE_BYTES)]

    def _signer(self, kid: str, trusted: Collection[str]) -> None:
        if kid in trusted:
            self._verdict.signer_known = True
            self._verdict.facts.append(f"signed by {kid}, a key that you gave")
        elif trusted:
            self._faults.append(f"it was signed by {kid}, which is none of the keys you gave")
        else:
            self._verdict.unproved.append(
                f"who signed it: compare {kid} with the fingerprint of the server's key, or give "
                "--fingerprint or --key"
            )

    # --- every byte ---------------------------------------------------------------------------

    def _content(self, file: _Placed, facts: FileFacts | None) -> int | None:
        """Its CRC-32, for its headers; None: it is wrong, and they are not to blame."""
        found = self._file.sum(file.content_at, file.size)
        if found.size < file.size:
            self._faults.append(
                f"{file.name} ends after {found.size} of {file.size} bytes: the file was cut off"
            )
            return None
        if facts is not None and found.sha256 != facts.sha256:
            self._faults.append(
                f"{file.name} (bytes {file.content_at} to {file.end - 1}) is not what was signed"
            )
            return None
        return found.crc

    def _headers(self, placed: Sequence[_Placed], crcs: Sequence[int | None]) -> None:
        central_at = layout.offsets((file.name, file.size) for file in placed)[-1]
        for file, crc in zip(placed, crcs, strict=True):
            stored = layout.Stored(file.name, file.size, crc or 0)
            local, central = layout.local_header(stored), layout.central_header(stored, file.at)
            local_at = layout.LOCAL_CRC_AT if crc is None else None
            central_crc_at = layout.CENTRAL_CRC_AT if crc is None else None
            self._compare(f"the header of {file.name}", file.at, local, local_at)
            entry = f"the directory's entry of {file.name}"
            self._compare(entry, central_at, central, central_crc_at)
            central_at += len(central)

    def _compare(self, what: str, at: int, expected: bytes, crc_at: int | None = None) -> None:
        """`crc_at`: where four bytes may be anything."""
        actual = self._file.read(at, len(expected))
        if len(actual) < len(expected):  # what is cut off is said elsewhere
            return
        if crc_at is not None:
            expected = expected[:crc_at] + actual[crc_at : crc_at + 4] + expected[crc_at + 4 :]
        pairs = enumerate(zip(actual, expected, strict=True))
        first = next((index for index, (is_, should) in pairs if is_ != should), None)
        if first is not None:
            self._faults.append(f"{what} differs from byte {at + first} of the file on")

    def _end(self, placed: Sequence[_Placed], size: int) -> None:
        central_at = layout.offsets((file.name, file.size) for file in placed)[-1]
        end_at = size - layout.END_BYTES
        end = layout.end_record(len(placed), end_at - central_at, central_at)
        self._compare("the end of the ZIP's directory", end_at, end)
        if self._file.size > size:
            self._faults.append(f"{self._file.size - size} bytes were added after its end")
        elif self._file.size < size:
            self._faults.append(f"{size - self._file.size} bytes are missing at its end")

    # --- what is in it ------------------------------------------------------------------------

    def _log(self, manifest: Manifest, log: _Placed, hashes: _Placed) -> LogWords | None:
        """None: it cannot be relied on, and why is among the faults."""
        words, before = LogWords(), chain.start(manifest.interview)
        at, number = hashes.content_at, 0
        try:
            for number, line in enumerate(self._file.lines(log.content_at, log.size)):
                before = chain.following(before, line)
                if self._file.read(at, chain.LINE_BYTES) != before.hex().encode() + b"\n":
                    raise BadLog(
                        f"line {number + 1} of {log.name} does not follow in the hash chain"
                    )
                at += chain.LINE_BYTES
                self._line(manifest, words, number, line)
        except LineTooLong:
            self._faults.append(f"a line of {log.name} is longer than any log's")
            return None
        except BadLog as error:
            self._faults.append(str(error))
            return None
        if before.hex() != manifest.log.chain or words.entries != manifest.log.entries:
            self._faults.append(
                f"{log.name} has {words.entries} entries; {manifest.log.entries} were signed, "
                "with another end of the chain"
            )
            return None
        if hashes.size != at - hashes.content_at:
            self._faults.append(f"{hashes.name} has more hashes than {log.name} has lines")
            return None
        self._verdict.facts.append(f"{words.entries} entries of the log, in an unbroken chain")
        return words

    def _line(self, manifest: Manifest, words: LogWords, number: int, line: bytes) -> None:
        found = _json(line)
        if found is None:
            raise BadLog(f"line {number + 1} of the log is no JSON object")
        if number:
            words.add(found)
        elif found.get("interview") != manifest.interview:
            raise BadLog("line 1 of the log is of another interview")

    def _result(self, manifest: Manifest, file: _Placed, log: LogWords) -> None:
        if file.size > names.MAX_RESULT_BYTES:
            self._faults.append(f"{file.name} is larger than any: {file.size} bytes")
            return
        result = _json(self._file.read(file.content_at, file.size))
        if result is None or result.get("id") != manifest.interview:
            self._faults.append(f"{file.name} cannot be read, or is of another interview")
            return
        audio = frozenset(
            f.name.removeprefix(names.AUDIO) for f in manifest.files if names.is_audio(f.name)
        )
        checks = ResultChecks(result, log, audio)
        self._faults += shortened(checks.faults, SHOWN)
        self._verdict.unproved += shortened(checks.unproved, SHOWN)
        if not checks.faults:
            self._verdict.facts.append(
                f"{checks.words} words of {len(checks.answers)} answers stand in the log with "
                f"their times; {checks.recordings} recordings are named and here"
            )
            if checks.criteria:
                self._verdict.facts.append(
                    f"{checks.criteria} criteria of the evaluation: scores, decisions and the "
                    "quotes, word for word, are those of the log"
                )
        if manifest.partial:
            self._verdict.unproved.append(
                "how it ended: the interview, or its result, was not final when this was made"
            )


def _with_facts(
    placed: Sequence[_Placed], manifest: Manifest
) -> Iterator[tuple[_Placed, FileFacts | None]]:
    """Manifest and signature, which come first, are checked by the signature."""
    yield from zip(placed, (None, None, *manifest.files), strict=True)


def _json(text: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
