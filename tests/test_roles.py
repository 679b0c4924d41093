"""What a child is told about itself arrives as it was written, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from media_server import roles
from media_server.roles import Role

RUN = Path("/run/x")


@pytest.mark.parametrize(
    "role",
    [
        Role(),
        Role(listen_fd=7),
        Role("front", run_dir=RUN, listen_fd=3, workers=2),
        Role("speech", run_dir=RUN, workers=4),
        Role("worker", 3, RUN, workers=4),
    ],
    ids=lambda role: role.kind,
)
def test_a_role_arrives_as_it_was_given_and_only_once(role: Role) -> None:
    environ = {**role.told(), "HOME": "/"}

    assert roles.handed_over(environ) == role
    assert roles.handed_over(role.told(beside=True)) == replace(role, beside=role != Role())
    assert environ == {"HOME": "/"}
    assert roles.handed_over(environ) == Role()


def test_a_worker_has_a_socket_and_a_single_server_has_none() -> None:
    worker = Role("worker", 3, RUN)

    assert (worker.worker_socket, worker.speech_socket) == (
        RUN / "worker-3.sock",
        RUN / "speech.sock",
    )
    assert (Role().worker_socket, Role().speech_socket) == (None, None)
    assert Role("front", run_dir=RUN).worker_socket is None


@pytest.mark.parametrize(
    "environ",
    [
        {"MEDIA_SERVER_ROLE": "boss"},
        {"MEDIA_SERVER_ROLE": "worker", "MEDIA_SERVER_RUN_DIR": "/x"},
        {"MEDIA_SERVER_ROLE": "worker:-1", "MEDIA_SERVER_RUN_DIR": "/x"},
        {"MEDIA_SERVER_ROLE": "front:2", "MEDIA_SERVER_RUN_DIR": "/x"},
        {"MEDIA_SERVER_ROLE": "speech"},
    ],
)
def test_what_no_supervisor_of_this_version_wrote_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(roles.UnknownRole):
        roles.handed_over(environ)
