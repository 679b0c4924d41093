"""What a person types for an address is checked before anything is contacted."""

from __future__ import annotations

import argparse

import pytest

from media_server.cli import main
from media_server.tools.urls import join_link, server_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        (" https://jobs.example.org/interviews/ ", "https://jobs.example.org/interviews"),
        ("HTTP://[::1]:8080", "HTTP://[::1]:8080"),
    ],
)
def test_good_addresses(text: str, url: str) -> None:
    assert server_url(text) == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("localhost:8080", "add http://, as in http://localhost:8080"),
        ("interviews.example.org/talk", "add http://, as in http://interviews.example.org/talk"),
        ("192.0.2.5", "add http://"),
        ("", "no address"),
        ("/v1", "no address"),
        ("ftp://localhost", "no address of the web"),
        ("http://", "no address of the web"),
        ("http://:8080", "no host"),
        ("http://localhost:none", "no valid host or port"),
        ("http://localhost:0", "no host or port"),
        ("http://localhost:99999", "no valid host or port"),
        ("http://[::1", "no valid host"),
        ("http://localhost:8080/?a=b", "leave out"),
    ],
)
def test_bad_addresses(text: str, said: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as error:
        server_url(text)
    assert said in str(error.value)


def test_join_links() -> None:
    link = "https://jobs.example.org/talk/j/iv_1.sig"
    assert join_link(link + "?from=mail#top") == link
    for text, said in (("jobs.example.org/j/iv_1.sig", "add http://"), ("iv_1.sig", "/j/")):
        with pytest.raises(argparse.ArgumentTypeError) as error:
            join_link(text)
        assert said in str(error.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "--url", "localhost:8080", "--answers", "none.wav"],
        ["simulate", "--join", "localhost:8080/j/iv_1.sig", "--answers", "none.wav"],
        ["interview", "--url", "localhost:8080", "list"],
    ],
    ids=" ".join,
)
def test_every_command_says_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "add http://, as in http://localhost:8080" in capsys.readouterr().err


def test_an_address_of_the_environment_is_checked_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDIA_SERVER_URL", "localhost:9000")
    with pytest.raises(SystemExit):
        main(["interview", "list"])
    assert "add http://, as in http://localhost:9000" in capsys.readouterr().err
