"""`media-server tenants`: what an operator checks and makes."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest

from media_server.cli import main
from media_server.tenants import key_digest, parse

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["tenants", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_key_is_made_and_the_file_takes_its_lines(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(
        capsys, "hash-key", "--scopes", "read,report", "--label", 'the "ATS"', "--days", "90"
    )
    assert code == 0
    found = re.search(r"shown this once: (ms_[A-Za-z0-9_-]{43})\n", err)
    assert found
    tenants = parse(f'[[tenants]]\nname = "acme"\n{out}')
    tenant, key = tenants.by_digest[key_digest(found[1])]
    assert (tenant.name, key.scopes, key.label) == ("acme", ("read", "report"), 'the "ATS"')
    assert key.expires is not None
    assert found[1] not in out
    assert found[1] not in run(capsys, "hash-key")[2], "another one each time"


def test_a_key_that_there_is_gets_its_hash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a-key-of-before-0123\n"))
    code, out, _ = run(capsys, "hash-key", "--stdin")
    assert code == 0
    assert key_digest("a-key-of-before-0123").hex() in out
    assert "a-key-of-before-0123" not in out


@pytest.mark.parametrize(
    "words", [("--scopes", "all"), ("--scopes", ","), ("--days", "0"), ("--stdin",)]
)
def test_a_key_that_is_not_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    code, out, err = run(capsys, "hash-key", *words)
    assert (code, out) == (2, "")
    assert err.startswith("media-server: ")


def test_a_file_is_described_without_its_secrets(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "tenants.toml"
    digest = key_digest("a-key-of-acme-0123").hex()
    file.write_text(
        '[[tenants]]\nname = "acme"\nlimits = { max_live = 5 }\n'
        f'[[tenants.keys]]\nsha256 = "{digest}"\nscopes = ["read"]\n'
        f'[[tenants.keys]]\nsha256 = "{digest[::-1]}"\nscopes = ["read"]\n'
        "expires = 2020-01-01T00:00:00Z\n"
        f'[[tenants.webhooks]]\nid = "ats"\nurl = "https://x/y"\nsecrets = ["{SECRET}"]\n'
        '[[tenants]]\nname = "default"\n'
    )
    file.chmod(0o644)
    code, out, err = run(capsys, "check", str(file))
    assert (code, err) == (0, "")
    assert "2 tenants" in out
    assert "max_live 5" in out
    notes = [line for line in out.splitlines() if line.startswith("note:")]
    assert [note.partition(":")[2][:20] for note in notes] == [
        f" others may read {file}"[:20],
        " the file names defa",
        " tenant acme: key " + digest[::-1][:2],
        " tenant default has ",
    ]
    assert SECRET not in out
    assert digest not in out
    file.chmod(0o600)
    assert "others may read" not in run(capsys, "check", str(file))[1]


def test_faults_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tenants.toml"
    file.write_text('[[tenants]]\nname = "acme"\nlimits = { max_live = -1 }\nkeys = 1')
    monkeypatch.setenv("MEDIA_SERVER_TENANTS", str(file))
    code, out, err = run(capsys, "check")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 2
    assert "tenant acme: limits.max_live: " in err
    assert run(capsys, "check", str(tmp_path / "none.toml"))[0] == 1
    monkeypatch.delenv("MEDIA_SERVER_TENANTS")
    assert run(capsys, "check")[0] == 2
