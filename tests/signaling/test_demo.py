"""The demo asks in the languages of the page."""

from __future__ import annotations

import pytest

from signaling.demo import demos, language_of
from tests.signaling.conftest import House
from tests.support.env import REPOSITORY


async def test_the_demo_asks_in_the_language_of_the_page(house: House) -> None:
    asked = {}
    for accepted in ("", "de-AT,de;q=0.9,en;q=0.8", "pt, ar;q=0.5, fr;q=0.7", "sv;q=1, es;q=0"):
        headers = {"Accept-Language": accepted}
        made = await (await house.client.post("/v1/demo", headers=headers)).json()
        spec = house.service.interviews[made["id"]].spec
        asked[spec.candidate.locale] = spec.questions[0].text.partition(" ")[0]
    assert asked == {"en": "Please", "de": "Bitte", "fr": "Pouvez-vous"}


@pytest.mark.parametrize(
    ("voices", "asked"),
    [(["en"], "en"), (["en", "fr"], "fr"), (["en", "de", "fr"], "de"), (["es"], "en"), ([], "de")],
)
async def test_the_demo_asks_in_a_language_that_is_heard(
    house: House, voices: list[str], asked: str
) -> None:
    house.service.voices = voices
    headers = {"Accept-Language": "de-AT,de;q=0.9,fr;q=0.8,en;q=0.7"}
    made = await (await house.client.post("/v1/demo", headers=headers)).json()
    assert house.service.interviews[made["id"]].spec.candidate.locale == asked


def test_every_language_of_the_page_has_a_demo() -> None:
    known = demos()
    strings = {path.stem for path in (REPOSITORY / "client" / "strings").glob("??.js")}
    assert set(known) == strings
    texts = [question.text for spec in known.values() for question in spec.questions]
    assert len(set(texts)) == len(texts) == 3 * len(known)
    for language in ("en;q=x", "*", ";;,,", "en;q=7", "de" * 5000):
        assert language_of(language, known) == "en"
