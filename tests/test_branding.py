"""Name, logo and colour of the page: what is refused, and that every colour can be read."""

from __future__ import annotations

import base64
import random
import re
import time

import pytest
from pydantic import ValidationError

from media_server.http_settings import HttpSettings
from media_server.interview.branding import Branding
from media_server.logos import MAX_LOGO_BYTES, MAX_LOGO_CHARS, logo
from media_server.shades import DARK_SURFACES, LIGHT_SURFACES, colour, contrast, shades
from signaling.branding import brand
from tests.support.env import REPOSITORY

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
TOKENS = (REPOSITORY / "client" / "styles" / "tokens.css").read_text()


def url(picture: bytes | str, kind: str = "svg+xml") -> str:
    data = picture.encode() if isinstance(picture, str) else picture
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def svg(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{inside}</svg>'


@pytest.mark.parametrize(
    "text",
    [
        "/logo.svg",
        "/brands/a-1/logo.webp",
        url(PNG, "png"),
        url(b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        url(svg('<path d="M0 0h8" fill="url(#a)"/>')),
        url('<?xml version="1.0"?>\n<!-- made by hand -->\n' + svg('<use href="#a"/>')),
        "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%3E%3C/svg%3E",
    ],
)
def test_pictures_that_may_be_shown(text: str) -> None:
    assert logo(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://example.org/logo.png", "path of such a file on this server"),
        ("//example.org/logo.png", "path of such a file on this server"),
        ("/../secret.png", "path of such a file on this server"),
        ("/logo.html", "path of such a file on this server"),
        ("data:text/html;base64,AAAA", "data URL of a PNG, WebP or SVG"),
        ("data:image/png;base64,AA*A", "not base64"),
        (url(b"GIF89a", "png"), "is no PNG"),
        (url(PNG, "webp"), "is no WEBP"),
        (url(PNG + bytes(MAX_LOGO_BYTES), "png"), "are allowed: make it smaller"),
        (url(b"\xff\xfe<svg>"), "not UTF-8"),
        (url("<html></html>"), "begin with <svg"),
        (url(svg("<script>alert(1)</script>")), "<script"),
        (url(svg('<g onload="alert(1)"/>')), "onload"),
        (url('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("")), "begin with <svg"),
        (url(svg('<image href="https://example.org/a.png"/>')), "https://example.org/a.png"),
        (url(svg('<g fill="url(https://example.org/a#b)"/>')), "https://example.org/a#b"),
        (url(svg("<foreignObject/>")), "foreignObject"),
        (url(svg("<!-- no end")), "comment without an end"),
    ],
)
def test_pictures_that_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        logo(text)


def test_a_picture_made_to_be_slow_is_judged_at_once() -> None:
    begun_s = time.process_time()
    for part in ("<!---->", "<!--", " ", "url(", "href='", "<?xml "):
        data = (part * (MAX_LOGO_BYTES // len(part)))[:MAX_LOGO_BYTES]
        with pytest.raises(ValueError):  # noqa: PT011  # which of them is no matter
            logo(url(data))
    assert time.process_time() - begun_s < 2.0
    with pytest.raises(ValidationError):
        Branding(logo="data:image/png;base64," + "A" * MAX_LOGO_CHARS)


def test_every_colour_gets_shades_that_can_be_read() -> None:
    rng = random.Random(7)
    wanted = ["#000000", "#ffffff", "#ffff00", "#0000ff", "#14576b", "#7f7f7f"]
    wanted += [f"#{rng.randrange(1 << 24):06x}" for _ in range(150)]
    for one in wanted:
        found = shades(one)
        for theme, surfaces in ((found.light, LIGHT_SURFACES), (found.dark, DARK_SURFACES)):
            for ground in (*surfaces, theme.soft):
                assert contrast(theme.accent, ground) >= 4.5, (one, theme, ground)
            for ground in (theme.accent, theme.strong):
                assert contrast(theme.on, ground) >= 4.5, (one, theme, ground)
    # What can be read already stays as it is.
    assert shades("#14576b").light.accent == "#14576b"
    assert shades("#86d0de").dark.accent == "#86d0de"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_surfaces_are_those_of_the_page() -> None:
    light, dark = TOKENS.split("prefers-color-scheme: dark")
    for theme, surfaces in ((light, LIGHT_SURFACES), (dark, DARK_SURFACES)):
        names = ("--paper", "--surface", "--surface-2")
        assert surfaces == tuple(re.findall(rf"{n}: (#\w+);", theme)[0] for n in names)


@pytest.mark.parametrize("text", ["red", "#12345", "rgb(1,2,3)", "#12345g", ""])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it as #rrggbb"):
        colour(text)


def test_the_interview_goes_before_the_server() -> None:
    server = HttpSettings(brand_name="Server", brand_logo="/logo.svg", brand_accent="#AA0000")
    mine = brand(server, {"name": "Mine", "logo": None, "accent": "#0000aa"})
    assert (mine["name"], mine["logo"]) == ("Mine", None)
    assert mine["accent"]["light"]["accent"] == "#0000aa"
    theirs = brand(server, {})
    assert (theirs["name"], theirs["logo"]) == ("Server", "/logo.svg")
    assert theirs["accent"]["light"]["accent"] == "#aa0000"
    assert brand(HttpSettings(), {}) == {"name": None, "logo": None, "accent": None}


def test_settings_that_cannot_be_shown_are_named() -> None:
    with pytest.raises(ValueError, match="brand_logo needs brand_name"):
        HttpSettings(brand_logo="/logo.svg")
    with pytest.raises(ValueError, match="brand_accent: 'red' is no colour"):
        HttpSettings(brand_accent="red")
    with pytest.raises(ValueError, match="brand_logo: a logo is"):
        HttpSettings(brand_name="A", brand_logo="http://example.org/a.png")


@pytest.mark.parametrize("name", ["", "\N{ZERO WIDTH SPACE}", "a\N{RIGHT-TO-LEFT OVERRIDE}b"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Branding(name=name)


def test_a_logo_needs_a_name() -> None:
    with pytest.raises(ValidationError, match="a logo needs a name"):
        Branding(logo="/logo.svg")
