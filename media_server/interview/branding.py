"""Whose interview it is: name, logo and colour on the candidate's page."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from media_server.interview.texts import is_visible, unwanted
from media_server.logos import MAX_LOGO_CHARS
from media_server.logos import logo as checked_logo
from media_server.shades import colour

MAX_NAME_CHARS = 60


def brand_name(text: str) -> str:
    """Raises ValueError where nothing of it can be seen, or it would turn other text around."""
    if found := unwanted(text):
        raise ValueError(f"{found} is not allowed in a name: remove it")
    if not is_visible(text):
        raise ValueError("nothing of the name can be seen: write something, or leave it out")
    return text


class Branding(BaseModel):
    """What is left out is as the server is set (MEDIA_SERVER_BRAND_NAME, …_LOGO, …_ACCENT)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: (
        Annotated[
            str,
            StringConstraints(min_length=1, max_length=MAX_NAME_CHARS, strip_whitespace=True),
            AfterValidator(brand_name),
        ]
        | None
    ) = Field(None, description="Shown at the top of every screen, and read out for the logo.")
    logo: (
        Annotated[str, StringConstraints(max_length=MAX_LOGO_CHARS), AfterValidator(checked_logo)]
        | None
    ) = Field(
        None,
        description="A data URL of a PNG, WebP or SVG of at most 32 KiB, or the path of such a "
        "file on this server. Shown at most 160 px wide and 32 px high.",
    )
    accent: Annotated[str, AfterValidator(colour)] | None = Field(
        None,
        description="#rrggbb of buttons and links. Each theme gets the nearest shade that has a "
        "contrast of 4.5:1 to what it stands on.",
    )

    @model_validator(mode="after")
    def _named(self) -> Branding:
        if self.logo is not None and self.name is None:
            raise ValueError("a logo needs a name: it is what is read out for the picture")
        return self


class _Shown(BaseModel):
    """Answers may carry more than a client knows."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Shades(_Shown):
    """Colours of one theme, #rrggbb, each readable on what it stands on."""

    accent: str
    strong: str = Field(description="Under the pointer.")
    on: str = Field(description="Text on `accent` and `strong`.")
    soft: str = Field(description="Behind what belongs together.")


class ThemeShades(_Shown):
    light: Shades
    dark: Shades


class BrandShown(_Shown):
    """The interview's own, or the server's; null: there is none."""

    name: str | None = None
    logo: str | None = Field(None, description="For an <img> with the name as its text.")
    accent: ThemeShades | None = None
