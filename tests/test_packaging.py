"""What cannot be built here is at least read: locks, image, compose file, licences."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from media_server.config import load_config
from media_server.config_fields import SECTIONS
from signaling.app import pages_of
from tests.support.env import REPOSITORY
from tests.test_architecture import imports

DOCKERFILE = REPOSITORY / "Dockerfile"
LOCKS = sorted((REPOSITORY / "requirements").glob("*.lock"))
ENTRY = re.compile(
    r"^([\w.-]+)==([\w.]+)(?: ; [^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def entries(lock: Path) -> dict[tuple[str, str], str]:
    return {(match[1], match[2]): match[3] for match in ENTRY.finditer(lock.read_text())}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    return loaded


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_is_nothing_but_versions_with_hashes(lock: Path) -> None:
    text = lock.read_text()
    assert entries(lock)
    assert ENTRY.sub("", text) == "", "a line that is neither a version nor a hash"
    assert "://" not in text


def test_the_locks_agree_with_each_other() -> None:
    run, espeak, mcp, otel, dev = (
        entries(REPOSITORY / "requirements" / f"{name}.lock")
        for name in ("run", "espeak", "mcp", "otel", "dev")
    )
    assert (run.keys() | espeak.keys() | mcp.keys() | otel.keys()) <= dev.keys()
    assert not (mcp.keys() | otel.keys()) & run.keys()
    assert "opentelemetry-sdk" in {name for name, _ in otel}
    assert {"mcp", "uvicorn"} <= {name for name, _ in mcp}
    assert {name for name, _ in espeak} == {"espeakng-loader"}
    assert not {"pytest", "mypy", "ruff", "playwright", "espeakng-loader"} & {n for n, _ in run}


def test_the_locks_hold_everything_that_is_declared() -> None:
    """A dependency that was added without `make lock` would be missing on every fresh machine."""
    document = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    groups = document["dependency-groups"]
    for lock, requirements in {
        "run": [*document["project"]["dependencies"], *groups["build"]],
        "dev": [*document["project"]["dependencies"], *groups["build"], *groups["dev"]],
    }.items():
        locked = {normal(name) for name, _ in entries(REPOSITORY / "requirements" / f"{lock}.lock")}
        declared = {normal(re.split(r"[^\w.-]", item, maxsplit=1)[0]) for item in requirements}
        assert declared <= locked, f"run make lock: {sorted(declared - locked)}"


def test_every_library_the_product_imports_is_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"].values()
    declared = {
        normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
        for requirement in [*project["dependencies"], *itertools.chain(*optional)]
    }
    distributions = packages_distributions()
    undeclared = {
        f"{path.relative_to(REPOSITORY)}:{line}: {name}"
        for room in ("media_server", "signaling")
        for path in (REPOSITORY / room).rglob("*.py")
        for line, name in imports(path)
        for found in [distributions.get(name.split(".", maxsplit=1)[0], [])]
        if found and not {normal(item) for item in found} & (declared | {"media-server"})
    }
    assert not undeclared, "\n" + "\n".join(sorted(undeclared))


def test_the_licence_page_names_every_package_of_the_server() -> None:
    page = (REPOSITORY / "docs" / "licences.md").read_text()
    table = page.split("## Python packages of the server")[1].split("\n## ")[0]
    named = {
        normal(name)
        for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
        for name in re.sub(r"\(.*\)", "", row).replace(",", " ").split()
    } - {"package", "---"}
    locked = {normal(name) for name, _ in entries(REPOSITORY / "requirements" / "run.lock")}
    assert named == locked


def test_the_npm_lock_names_no_registry() -> None:
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name), (
        "every package is locked by its hash"
    )


def test_compose_keeps_what_redis_must_not_lose(compose: dict[str, Any]) -> None:
    words = compose["services"]["redis"]["command"][-1].split()
    options = dict(itertools.pairwise(words))
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "everysec"
    assert options["--maxmemory-policy"] == "noeviction"


def test_compose_confines_every_service(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
        assert 0 < service["pids_limit"] <= 512, name
        assert "privileged" not in service, name
        assert "network_mode" not in service, name
        added = service.get("cap_add", [])
        assert added == (["NET_BIND_SERVICE"] if name == "coturn" else []), name
    only_here = compose["services"]["media"]["ports"][0]
    assert only_here.startswith("127.0.0.1:"), "HTTP is published for the proxy of this machine"
    for inside in ("redis", "ollama", "stt-worker"):
        assert "ports" not in compose["services"][inside]


def test_images_are_pinned_by_digest_on_request(tmp_path: Path) -> None:
    """No registry is asked here: a docker that answers with a digest stands in for it."""
    for name in ("compose.yaml", "Dockerfile", "scripts/pin-images.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()

    def pin(letter: str) -> str:
        docker.write_text(f"#!/bin/sh\necho sha256:$(printf '{letter}%.0s' $(seq 64))\n")
        docker.chmod(0o755)
        environment = {"PATH": f"{docker.parent}:/usr/bin:/bin"}
        subprocess.run([tmp_path / "scripts" / "pin-images.sh"], env=environment, check=True)
        both = (tmp_path / "compose.yaml").read_text() + (tmp_path / "Dockerfile").read_text()
        named = re.findall(r"^(?: +image: |FROM )(\S+)( AS build)?$", both, re.MULTILINE)
        assert len(named) >= 5
        assert all(image.endswith(f"@sha256:{letter * 64}") for image, _ in named), named
        return both

    again = pin("b") if pin("a") else ""
    assert again.replace("@sha256:" + "b" * 64, "") == (
        (REPOSITORY / "compose.yaml").read_text() + (REPOSITORY / "Dockerfile").read_text()
    ), "nothing else is changed"


def test_compose_publishes_the_media_port(compose: dict[str, Any]) -> None:
    media = compose["services"]["media"]
    port = media["environment"]["MEDIA_SERVER_RTC_PORT"]
    assert f"{port}:{port}/udp" in media["ports"]
    assert f" {port}/udp" in DOCKERFILE.read_text()


def test_compose_mounts_only_declared_volumes_and_knows_its_services(
    compose: dict[str, Any],
) -> None:
    mounted = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }
    assert mounted == set(compose["volumes"])
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])


def test_the_server_understands_what_compose_and_the_image_tell_it(
    compose: dict[str, Any],
) -> None:
    def interpolate(value: str) -> str:
        filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        return re.sub(r"\$\{\w+:\?[^}]+\}", "0123456789abcdef" * 4, filled)

    environment = compose["services"]["media"]["environment"]
    told = {name: interpolate(value) for name, value in environment.items()}
    told |= re.findall(
        r"^(?:ENV)? +(HOST|PORT|DATA_DIR)=(\S+)", DOCKERFILE.read_text(), re.MULTILINE
    )
    assert {"HOST", "PORT", "DATA_DIR"} <= told.keys()
    if "llm" not in SECTIONS:
        told = {name: value for name, value in told.items() if "OLLAMA" not in name}

    config = load_config(told)

    assert config.store.uses_redis
    assert config.http.host == "0.0.0.0"
    assert config.rtc.port == int(told["MEDIA_SERVER_RTC_PORT"])


def test_compose_holds_no_secret(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("KEY|SECRET|PASSWORD|TOKEN", name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name} must come from outside"
            if password := re.search(r"//\w*:(.*)@", value):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", password[1]), name


def test_the_image_copies_what_the_context_lets_through() -> None:
    dockerfile = DOCKERFILE.read_text()
    let_through = [
        line[1:].removesuffix("/**")
        for line in (REPOSITORY / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert any(Path(source).match(pattern) for pattern in let_through), source


def test_the_image_runs_as_nobody_special() -> None:
    dockerfile = DOCKERFILE.read_text()
    assert re.search(r"^USER \d{4,}", dockerfile, re.MULTILINE)
    assert "/healthz" in dockerfile


def test_a_wheel_carries_the_pages(tmp_path: Path) -> None:
    """Of a package with nothing else in it: the rest is setuptools' own, and takes its time."""
    for name in ("README.md", "LICENSE", "NOTICE", "client"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in"):
        shutil.copy(REPOSITORY / name, tmp_path)
    (tmp_path / "signaling").mkdir()
    (tmp_path / "signaling" / "__init__.py").touch()
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    pages = {p.relative_to(REPOSITORY) for p in (REPOSITORY / "client").rglob("*") if p.is_file()}
    assert {f"signaling/{page}" for page in pages} <= carried
    assert not [name for name in carried if name.startswith("client/")], "a package of that name"


def test_pages_are_found_in_a_clone_and_in_a_wheel(tmp_path: Path) -> None:
    package = tmp_path / "signaling"
    package.mkdir()
    assert pages_of(package) == tmp_path / "client"
    (package / "client").mkdir()
    assert pages_of(package) == package / "client"
