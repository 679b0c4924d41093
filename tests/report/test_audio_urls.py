"""Signed URLs of sound: what they play, in whose page, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_server.live.report_sound import MOST_STEPS
from signaling.report_tokens import ReportTokens, UrlClaims
from tests.report.place import (
    API,
    CANDIDATE_HZ,
    INTERVIEW,
    INTERVIEWER_HZ,
    SECRETS,
    Place,
    code,
    heard,
    loudness_at,
    opened,
    path_of,
)


@pytest.fixture
async def place(tmp_path: Path, store_url: str) -> AsyncIterator[Place]:
    async with opened(tmp_path, store_url=store_url) as made:
        yield made


async def test_of_a_result_in_a_foreign_page(place: Place) -> None:
    result = await (await place.get("/result")).json()
    spans = [span for answer in result["answers"] for span in answer["audio"]]
    assert len(spans) > 5
    for span in spans:
        assert span["url"].startswith(f"http://127.0.0.1:{place.client.port}/v1/interviews/")
        assert f"/audio/{span['file']}?token=" in span["url"]
    url = path_of(spans[0]["url"])
    answer = await place.client.get(url, headers={"Origin": "https://jobs.example.org"})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-store"
    pcm = heard(await answer.read())
    middle_s = (spans[0]["start_s"] + spans[0]["end_s"]) / 2
    assert loudness_at(pcm, CANDIDATE_HZ, middle_s) > 0.5
    part = await place.client.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status, len(await part.read())) == (206, 100)
    head = await place.client.head(url)
    assert head.status == 200
    assert int(head.headers["Content-Length"]) > 10_000
    for method in ("POST", "PUT", "DELETE"):
        assert (await place.client.request(method, url)).status == 405


async def test_of_a_report_are_relative_to_the_mount(place: Place) -> None:
    body = await place.report((await place.link())["auth"])
    for shown in (*body["recordings"], *body["spoken"]):
        assert shown["url"].startswith("v1/interviews/")
        assert (await place.client.get(f"/{shown['url']}")).status == 200
    for covered in body["coverage"]:
        spoken = covered["prompt_id"] != "allergy"  # which was typed
        assert bool(covered["audio_url"]) is spoken, covered["prompt_id"]


async def test_expire(place: Place) -> None:
    body = await place.report()
    url = f"/{body['recordings'][0]['url']}"
    place.wall.now += 3599
    assert (await place.client.get(url)).status == 200
    place.wall.now += 10
    assert await code(await place.client.get(url)) == (401, "signed_url_expired")


async def test_end_with_their_link(place: Place) -> None:
    link = await place.link(ttl_s=120)
    body = await place.report(link["auth"])
    url = f"/{body['recordings'][0]['url']}"
    assert (await place.client.get(url)).status == 200
    await place.client.delete(f"{place.base}/report-links/{link['id']}", headers=API)
    assert await code(await place.client.get(url)) == (401, "report_link_revoked")

    short = await place.link(ttl_s=120)
    body = await place.report(short["auth"])
    place.wall.now += 130
    answer = await place.client.get(f"/{body['recordings'][0]['url']}")
    assert await code(answer) == (401, "signed_url_expired"), "not after its link"


async def test_are_good_for_their_file_alone(place: Place) -> None:
    body = await place.report()
    first, second = body["recordings"]
    token = first["url"].partition("?")[2]
    wrong = await place.client.get(f"/{second['url'].partition('?')[0]}?{token}")
    assert await code(wrong) == (401, "signed_url_other_file")
    for path in ("audio.ogg", "answers/cold/audio.ogg"):
        answer = await place.client.get(f"{place.base}/{path}?{token}")
        assert await code(answer) == (401, "signed_url_other_file"), path
    for path in ("report", "result", "transcript.vtt", "bundle.zip", "log"):
        answer = await place.client.get(f"{place.base}/{path}?{token}")
        assert answer.status == 401, path


async def test_forged_and_of_another_interview(place: Place) -> None:
    claims = UrlClaims("default", "iv_other", "audio-0001.ogg", place.wall.now + 60)
    other = ReportTokens(SECRETS.signing).url(claims)
    answer = await place.get(f"/audio/audio-0001.ogg?token={other}", {})
    assert await code(answer) == (401, "signed_url_other_interview")
    mine = UrlClaims("default", INTERVIEW, "audio-0001.ogg", place.wall.now + 60)
    stranger = ReportTokens(("another-secret-entirely",)).url(mine)
    for token in (stranger, "", "x", "eyJ.a.b", "a" * 5000):
        answer = await place.get(f"/audio/audio-0001.ogg?token={token}", {})
        assert await code(answer) == (401, "signed_url_invalid"), token[:20]


async def test_a_link_is_no_signature_and_a_signature_is_no_link(place: Place) -> None:
    link = await place.link()
    answer = await place.get(f"/audio/audio-0001.ogg?token={link['token']}", {})
    assert await code(answer) == (401, "signed_url_invalid")
    url = (await place.report())["recordings"][0]["url"]
    token = url.partition("token=")[2]
    answer = await place.get("/report", {"Authorization": f"Bearer {token}"})
    assert await code(answer) == (401, "report_link_invalid")


async def test_erased_meanwhile(place: Place) -> None:
    url = (await place.report())["recordings"][0]["url"]
    await place.bench.service.erase(INTERVIEW)
    assert await code(await place.client.get(f"/{url}")) == (410, "interview_erased")


async def test_both_sides_as_it_was(place: Place) -> None:
    body = await place.report((await place.link())["auth"])
    answer = await place.client.get(f"/{body['links']['audio']}")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "audio/ogg; codecs=opus"
    pcm = heard(await answer.read())
    assert len(pcm) / 16_000 == pytest.approx(body["duration_s"], abs=0.1)
    for said in body["spoken"]:
        at_s = (said["start_s"] + said["end_s"]) / 2
        assert loudness_at(pcm, INTERVIEWER_HZ, at_s) > 0.5, said["id"]
        assert loudness_at(pcm, CANDIDATE_HZ, at_s) < 0.1, said["id"]
        before_s, after_s = said["start_s"] - 0.1, said["start_s"] + 0.05
        assert loudness_at(pcm, INTERVIEWER_HZ, after_s, 0.1) > 0.5
        others = [s for s in body["spoken"] if s["start_s"] < before_s + 0.1 < s["end_s"] + 0.1]
        if not others and before_s > 0:
            assert loudness_at(pcm, INTERVIEWER_HZ, before_s, 0.08) < 0.1, "not before it began"
    for turn in (span for span in body["spans"] if span["kind"] == "turn"):
        assert loudness_at(pcm, CANDIDATE_HZ, turn["start_s"] + 0.3) > 0.5


async def test_candidate_alone_is_not_encoded_again(place: Place) -> None:
    body = await place.report()
    answer = await place.client.get(f"/{body['links']['candidate_audio']}")
    pcm = heard(await answer.read())
    for said in body["spoken"]:
        at_s = (said["start_s"] + said["end_s"]) / 2
        assert loudness_at(pcm, INTERVIEWER_HZ, at_s) < 0.05
    last = [span for span in body["spans"] if span["kind"] == "turn"][-1]
    assert loudness_at(pcm, CANDIDATE_HZ, last["start_s"] + 0.3) > 0.5, "of the second connection"
    assert (await place.get("/audio.ogg?sides=mine")).status == 400


async def test_one_answer(place: Place) -> None:
    body = await place.report()
    covered = {c["prompt_id"]: c for c in body["coverage"]}
    answer = await place.client.get(f"/{covered['week:1']['audio_url']}")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{INTERVIEW}-week-1.ogg"'
    )
    pcm = heard(await answer.read())
    turn = next(s for s in body["spans"] if s["kind"] == "turn" and s["prompt_id"] == "week:1")
    length_s = turn["end_s"] - turn["start_s"]
    assert len(pcm) / 16_000 == pytest.approx(length_s + 0.38, abs=0.1)
    assert loudness_at(pcm, CANDIDATE_HZ, 0.5) > 0.5
    assert loudness_at(pcm, INTERVIEWER_HZ, 0.5) < 0.05
    for prompt_id, wanted in (("allergy", "no_recording"), ("nothing", "unknown_prompt")):
        missing = await place.get(f"/answers/{prompt_id}/audio.ogg")
        assert await code(missing) == (404, wanted)


async def test_waveform_shows_who_spoke(place: Place) -> None:
    shown = await (await place.get("/report/waveform")).json()
    body = await place.report()
    line = body["waveform"]
    assert line == shown["waveform"]
    assert len(line["candidate"]) == len(line["interviewer"]) <= MOST_STEPS
    for said in body["spoken"]:
        at = round((said["start_s"] + said["end_s"]) / 2 / line["step_s"])
        assert line["interviewer"][at] > 150
        assert line["candidate"][at] < 30
    for turn in (span for span in body["spans"] if span["kind"] == "turn"):
        assert line["candidate"][round((turn["start_s"] + 0.4) / line["step_s"])] > 150


async def test_a_report_names_no_sound_that_is_not_there(tmp_path: Path) -> None:
    async with opened(tmp_path, sound=False) as place:
        body = await place.report()
        assert body["recordings"] == []
        assert {said["url"] for said in body["spoken"]} == {None}
        assert body["waveform"] is None
        assert await code(await place.get("/audio.ogg")) == (404, "no_recording")
