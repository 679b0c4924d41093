"""Fetches a model's files from the hub: checked, and resumed where it was left.

The hub's API is two requests: a revision's list of files with their checksums, and the files.
They are made here because huggingface_hub begins a file again in each run, which for 3 GB over a
line that breaks never ends. HF_ENDPOINT (a mirror), HF_TOKEN and the proxy variables are honoured.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from socket import getaddrinfo
from typing import Any
from urllib.parse import urlsplit

import httpx

from media_server.tools.model_catalogue import Entry
from media_server.tools.model_failure import OnProgress, PullFailed
from media_server.tools.model_pace import USUAL, Pace, Patience

HUB = "https://huggingface.co"
CONNECT_S, SILENCE_S = 10.0, 30.0
SHORT_CONNECT_S, SHORT_SILENCE_S = 3.0, 10.0
"""Where the model can be had elsewhere."""
LIST_S, SHORT_LIST_S = 300.0, 30.0
"""For the list of files, all of it."""
ATTEMPTS = 4
RETRY_S = 1.0
"""Doubled with each attempt that brought nothing."""
CHUNK_BYTES = 1 << 20
MAX_LIST_BYTES = 64 << 20
"""The list of a repository with hundreds of voices has a few megabytes."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    path: str
    size: int
    sha256: str
    """Of files in large-file storage; "" for the others, which `git_sha1` identifies."""
    git_sha1: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


def endpoint(environ: Mapping[str, str] | None = None) -> str:
    environ = os.environ if environ is None else environ
    return (environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def fetch(
    entry: Entry,
    staging: Path,
    on_progress: OnProgress,
    room: Callable[[int], None],
    patience: Patience = USUAL,
) -> dict[str, str]:
    """Every file into `staging`, whole and checked: (name, SHA-256 or "") of each.

    `room` hears how many bytes are still to come, and may raise. Raises PullFailed,
    httpx.HTTPError.
    """
    on_progress = _while_quick(on_progress, patience)
    short = entry.mirror is not None
    if short:
        require_address(endpoint(), SHORT_CONNECT_S)
    with client_for(short=short) as client:
        commit, files = list_files(client, entry)
        room(_still_to_come(files, staging))
        total, done = sum(file.size for file in files), 0
        for file in files:
            told = _after(done, total, entry.title, on_progress)
            _fetch(client, entry, commit, file, staging / file.name, told)
            done += file.size
    return {"": commit, **{file.name: file.sha256 for file in files}}


def _after(done: int, total: int, title: str, on_progress: OnProgress) -> OnProgress:
    """For one file: what it brings comes on top of what is there."""
    return lambda _, come, __: on_progress(title, done + come, total)


def _while_quick(on_progress: OnProgress, patience: Patience) -> OnProgress:
    """The same, which raises PullFailed once the line is too slow. It is called for each piece."""
    pace = Pace(patience.least_bytes_per_s, patience.window_s)

    def told(name: str, done: int, total: int) -> None:
        on_progress(name, done, total)
        if (slow := pace.problem(done, time.monotonic())) and done < total:
            raise PullFailed(f"{slow} of {name} from {endpoint()}")

    return told


def _still_to_come(files: list[RemoteFile], staging: Path) -> int:
    return sum(
        file.size - max(_size(staging / file.name), _size(staging / f"{file.name}.incomplete"))
        for file in files
    )


def require_address(url: str, limit_s: float) -> None:
    """Raises httpx.ConnectError when the name in `url` gives no address within `limit_s`.

    A resolver without a network may take a minute to say so, and no client's limit covers it.
    Behind a proxy, which looks names up by itself, nothing is asked.
    """
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    if not parts.hostname or proxies.get(parts.scheme) or proxies.get("all"):
        return
    found: list[str] = []

    def look_up() -> None:
        try:
            getaddrinfo(parts.hostname, parts.port or 443)
        except OSError as error:
            found.append(f"{parts.hostname}: {error.strerror or error}")
        else:
            found.append("")

    thread = threading.Thread(target=look_up, daemon=True)  # it may outlast us
    thread.start()
    thread.join(limit_s)
    problem = found[0] if found else f"no address of {parts.hostname} within {limit_s:g} s"
    if problem:
        raise httpx.ConnectError(problem)


def list_files(client: httpx.Client, entry: Entry) -> tuple[str, list[RemoteFile]]:
    """(commit, the files wanted). Raises PullFailed, httpx.HTTPError."""
    url = f"{endpoint()}/api/models/{entry.repository}/revision/{entry.revision}"
    content = _read_list(client, url, entry)
    try:
        listed = json.loads(content)
        commit = str(listed["sha"])
        there = {str(item["rfilename"]): _remote_file(item) for item in listed["siblings"]}
    except (KeyError, TypeError, ValueError):
        raise PullFailed(f"{url} did not answer as a model hub does: check HF_ENDPOINT") from None
    if len(entry.revision) == 40 and commit != entry.revision:
        raise PullFailed(f"{url} answered revision {commit}, not the one that was asked for")
    wanted: list[RemoteFile] = []
    for path in entry.files:
        optional, path = path.endswith("?"), path.rstrip("?")
        if path in there:
            wanted.append(there[path])
        elif not optional:
            raise PullFailed(f"{entry.repository} at {entry.revision} has no {path}")
    for number, file in enumerate(wanted):
        pinned = entry.sha256.get(file.path)
        if pinned and not file.sha256:  # a small file, whose checksum is looked at when it is here
            wanted[number] = replace(file, sha256=pinned)
        elif pinned and file.sha256 != pinned:
            raise PullFailed(
                f"{endpoint()} offers another {file.path} than the one this version of "
                "media-server knows: nothing was fetched. Is HF_ENDPOINT a mirror you trust?"
            )
    return commit, wanted


def _read_list(client: httpx.Client, url: str, entry: Entry) -> bytes:
    """Whole, within limits of its own: the client's are for one read."""
    limit_s = LIST_S if entry.mirror is None else SHORT_LIST_S
    began_s = time.monotonic()
    content = bytearray()
    with client.stream("GET", url, params={"blobs": "true"}) as response:
        _check_status(response, entry)
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MAX_LIST_BYTES:
                raise PullFailed(f"{url} answered {len(content)} bytes: not a list of files")
            if time.monotonic() - began_s > limit_s:
                raise httpx.ReadTimeout(f"its list of files took longer than {limit_s:g} s")
    return bytes(content)


def _remote_file(item: Mapping[str, Any]) -> RemoteFile:
    large = item.get("lfs") or {}
    sha256 = str(large.get("sha256") or "")
    size = int(large["size"] if large else item["size"])
    return RemoteFile(str(item["rfilename"]), size, sha256, str(item.get("blobId") or ""))


def _fetch(
    client: httpx.Client,
    entry: Entry,
    commit: str,
    file: RemoteFile,
    path: Path,
    on_progress: OnProgress,
) -> None:
    """Whole and checked, or PullFailed; what came stays for the next run."""
    if path.is_file() and path.stat().st_size == file.size and not _damage(path, file):
        on_progress(file.name, file.size, file.size)
        return
    partial = path.with_name(path.name + ".incomplete")
    url = f"{endpoint()}/{entry.repository}/resolve/{commit}/{file.path}"
    failures = 0
    while _size(partial) < file.size:
        before = _size(partial)
        try:
            _continue(client, url, entry, file, partial, on_progress)
        except httpx.TransportError:
            failures = 1 if _size(partial) > before else failures + 1
            if failures >= ATTEMPTS:
                raise
            time.sleep(RETRY_S * 2 ** (failures - 1))
    if not file.size:
        partial.touch()
    damage = _damage(partial, file)
    if damage:
        partial.unlink()
        raise PullFailed(f"{file.path} came damaged ({damage}) and was deleted: try again")
    partial.replace(path)


def _continue(
    client: httpx.Client,
    url: str,
    entry: Entry,
    file: RemoteFile,
    partial: Path,
    on_progress: OnProgress,
) -> None:
    begun = _size(partial)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begun}-"} if begun else {})
    with client.stream("GET", url, headers=headers) as response:
        _check_status(response, entry)
        # A server that ignores the range sends everything, from the start.
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        with partial.open("ab" if resumed else "wb") as out:
            done = begun if resumed else 0
            for chunk in response.iter_raw():  # in pieces of its own, a broken line loses them
                done += len(chunk)
                if done > file.size:
                    out.truncate(0)
                    raise PullFailed(f"{file.path} is longer than the hub said: try again")
                out.write(chunk)
                on_progress(file.name, done, file.size)


def _damage(path: Path, file: RemoteFile) -> str:
    """How the file differs from what the hub lists; "" when it does not."""
    if path.stat().st_size != file.size:
        return f"{path.stat().st_size} bytes instead of {file.size}"
    if file.sha256:
        digest = hashlib.sha256()
    elif file.git_sha1:
        digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    else:
        return ""
    with path.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    wrong = digest.hexdigest() != (file.sha256 or file.git_sha1)
    return "its checksum is wrong" if wrong else ""


def client_for(*, short: bool) -> httpx.Client:
    """Raises PullFailed for what the environment has wrong; the token is not repeated."""
    headers = {"User-Agent": "media-server"}
    if token := os.environ.get("HF_TOKEN", "").strip():
        if not (token.isascii() and token.isprintable()):
            raise PullFailed("HF_TOKEN has characters that no token has: set it again, or unset it")
        headers["Authorization"] = f"Bearer {token}"
    try:
        return httpx.Client(
            headers=headers,
            follow_redirects=True,
            timeout=httpx.Timeout(
                SHORT_SILENCE_S if short else SILENCE_S,
                connect=SHORT_CONNECT_S if short else CONNECT_S,
            ),
        )
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise PullFailed(
            f"a proxy of the environment cannot be used ({error}): correct HTTPS_PROXY, "
            "HTTP_PROXY or ALL_PROXY, for example http://proxy.example:3128"
        ) from None


def _check_status(response: httpx.Response, entry: Entry) -> None:
    status = response.status_code
    if status in (401, 403):
        raise PullFailed(
            f"{endpoint()} wants a permission for {entry.repository}: set HF_TOKEN to a token "
            "of an account that has accepted its terms"
        )
    if status == 404:
        raise PullFailed(f"{endpoint()} has no {entry.repository} at {entry.revision}")
    if status >= 500 or status == 429:
        raise httpx.RemoteProtocolError(f"it answered {status}")
    if status >= 400:
        raise PullFailed(f"{response.url} answered {status}")


def unreachable(entry: Entry, target: Path, error: httpx.HTTPError) -> str:
    """What to do about it."""
    files = [PurePosixPath(path.rstrip("?")).name for path in entry.files]
    names = ", ".join(name for name in files if name not in ("README.md", "MODEL_CARD"))
    return (
        f"the hub {endpoint()} cannot be reached ({error or type(error).__name__}). Check the "
        "network, a proxy (HTTPS_PROXY) or set HF_ENDPOINT to a mirror; what has come is kept, "
        f"and the same command goes on. Or fetch {entry.repository} at {entry.revision} on another "
        f"machine and put what it has of {names} into {target}"
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
