"""Templates: what interviews have in common, and how one is made from it. Pure.

An interview is the template's content with the caller's overrides merged into it (RFC 7396, JSON
Merge Patch), and a candidate. It is checked whole, stored whole, and asks its template nothing
again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from media_server.interview.spec import Candidate, InterviewContent, Locale, Strict, Visible

TEMPLATE_ID = r"tp_[a-z0-9]{8,40}"
TEMPLATE = rf"^{TEMPLATE_ID}(@[1-9][0-9]{{0,5}})?$"
_NOT_OF_AN_INTERVIEW = ("name", "locale")

Location = Sequence[int | str]


class TemplateSpec(InterviewContent):
    """Body of `POST /v1/templates`: an interview without what belongs to a candidate."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200), Visible] = Field(
        description="For the people who choose a template; candidates do not see it."
    )
    locale: Locale = Field(
        "en", description="The language it is written in; a candidate may bring another one."
    )


class InterviewFromTemplate(Strict):
    """Body of `POST /v1/interviews` with a template."""

    template: Annotated[str, StringConstraints(pattern=TEMPLATE)] = Field(
        description="Its id, for the newest version, or `id@version`."
    )
    candidate: Candidate = Field(
        Candidate(), description="Without a `locale`, that of the template."
    )
    overrides: dict[str, Any] = Field(
        default_factory=dict,
        description="Fields of an interview, merged into the template by RFC 7396 (JSON Merge "
        "Patch): objects field by field; everything else, lists too, takes the place of what was "
        "there; null takes the template's value away, so that the server's own holds.",
    )


def content_of(template: TemplateSpec) -> dict[str, Any]:
    """As it is stored: what was sent, with the ids of its questions. A field that was left out
    stays so: a default is that of the release that makes an interview of it."""
    return template.model_dump(mode="json", exclude_unset=True)


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396 section 2. Neither argument is changed."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def composed(
    content: Mapping[str, Any], template_id: str, version: int, asked: InterviewFromTemplate
) -> dict[str, Any]:
    """An `InterviewSpec` that is still to be validated. `content`: as `content_of` made it."""
    fields = {name: content[name] for name in content if name not in _NOT_OF_AN_INTERVIEW}
    merged: dict[str, Any] = merge_patch(fields, asked.overrides)
    candidate = {"locale": content["locale"]} if "locale" in content else {}
    candidate |= asked.candidate.model_dump(mode="json", exclude_unset=True)
    return {**merged, "candidate": candidate, "template": {"id": template_id, "version": version}}


def came_from(asked: InterviewFromTemplate, location: Location) -> tuple[str, Location]:
    """Where a part of what was composed came from: ("overrides" or "candidate", and the place in
    there), or ("template", the place in the template). Of what is about several fields the
    overrides are to blame: the template was sound."""
    if location and location[0] == "candidate":
        return "candidate", location[1:]
    if not location:
        return "overrides", ()
    here: Any = asked.overrides
    for part in location:
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        elif isinstance(here, Mapping):
            return "template", location
        else:  # a list or a text: it took the place of all below
            break
    return "overrides", location
