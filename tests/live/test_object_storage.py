"""Two servers, one Redis, one bucket: one records, the other serves and erases."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import signaling
from media_server.audio.ogg import read_ogg_opus
from media_server.http_settings import HttpSettings
from media_server.interview.spec import Retention
from media_server.live import recorded
from media_server.live.recorded import NOTICE
from media_server.ports import Refused
from tests.live.bench import Bench, make_spec, open_bench
from tests.signaling.conftest import API, SECRETS
from tests.support.files import files_below, paths_below
from tests.support.s3_server import FaultyProxy, S3Server, refusal
from tests.support.waiting import until

pytestmark = [pytest.mark.real_time, pytest.mark.s3]


async def over_http(bench: Bench) -> TestClient[Any, Any]:
    app = signaling.create_app(HttpSettings(), secrets=SECRETS)
    signaling.attach_service(app, bench.service)
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


@pytest.mark.redis
async def test_any_server_serves_and_erases_what_another_has_recorded(
    s3: S3Server, redis_url: str, tmp_path: Path
) -> None:
    stores = [s3.settings(tmp_path / name, store_url=redis_url) for name in ("one", "two")]
    async with (
        open_bench(tmp_path / "one", store=stores[0]) as one,
        open_bench(tmp_path / "two", store=stores[1]) as two,
    ):
        interview_id = await one.interview()
        guest = await one.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.send("text_answer", text="One.")
        await guest.listening(2)
        await guest.candidate.leave()
        await one.service.cancel(interview_id)
        key = f"pre/fix/{interview_id}/audio-0001.ogg"
        await until(lambda: key in s3.stored() and not files_below(tmp_path, "audio-*"))

        client = await over_http(two)
        url = f"/v1/interviews/{interview_id}"
        result = await (await client.get(url + "/result", headers=API)).json()
        files = [item for item in result["media"]["connections"] if "audio-0001.ogg" in str(item)]
        assert files, "the result names it"
        audio = url + "/audio/audio-0001.ogg"
        whole = await (await client.get(audio, headers=API)).read()
        assert read_ogg_opus(whole).finished
        part = await client.get(audio, headers={**API, "Range": "bytes=100-299"})
        assert (part.status, await part.read()) == (206, whole[100:300])
        tag = {"If-Range": part.headers["ETag"], "Range": "bytes=-50"}
        last = await client.get(audio, headers={**API, **tag})
        assert (last.status, await last.read()) == (206, whole[-50:])

        assert (await client.post(url + "/hold", json={"reason": "x"}, headers=API)).status == 200
        first = await over_http(one)
        assert (await first.delete(url, headers=API)).status == 409, "held at every server"
        assert (await client.delete(url + "/hold", headers=API)).status == 200
        assert (await client.delete(url, headers=API)).status == 204
        assert (await first.get(audio, headers=API)).status == 404
        assert s3.stored() == []
        assert not [path for path in paths_below(tmp_path) if interview_id in path.name]
        await client.close()
        await first.close()


@pytest.mark.parametrize("fault", [refusal(503, "SlowDown"), 30.0])
async def test_the_words_do_not_wait_for_a_bucket(
    s3: S3Server,
    s3_proxy: FaultyProxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: web.Response | float,
) -> None:
    """Away or slow: result and report are there, and say that the log names the recordings."""
    monkeypatch.setattr(recorded, "ASK_S", 1.0)
    settings = s3.settings(tmp_path, endpoint=s3_proxy.endpoint)
    async with open_bench(tmp_path, store=settings) as bench:
        service = bench.service
        interview_id = await bench.interview(make_spec(1))
        guest = await bench.call(interview_id)
        guest.send("ready")
        await guest.listening(1)
        guest.send("text_answer", text="One.")
        await guest.sees("completed")
        await guest.candidate.leave()
        await bench.until(lambda: not service.live_calls())
        key = f"pre/fix/{interview_id}/audio-0001.ogg"
        await until(lambda: key in s3.stored() and not files_below(tmp_path, "*.ogg"))
        unheard = await bench.interview(make_spec(1))
        silent = await bench.interview(make_spec(1, retention=Retention(record_audio=False)))
        before = await service.result(interview_id)
        assert before["media"]["connections"][0]["recording"] == "audio-0001.ogg"

        s3_proxy.fault = lambda _: fault
        began_s = time.monotonic()
        result = await service.result(interview_id)
        assert time.monotonic() - began_s < 5.0
        assert result == {**before, "notices": [*before["notices"], NOTICE]}
        report = await service.reports.report(interview_id)
        assert report["result"] == result
        assert [item["file"] for item in report["recordings"]] == ["audio-0001.ogg"]
        for sound in (
            service.reports.waveform(interview_id),
            service.reports.whole_audio(interview_id, "both"),
        ):
            with pytest.raises(Refused, match="storage of recordings does not answer"):
                await sound
        for other in (unheard, silent):
            assert NOTICE not in (await service.result(other))["notices"]
        s3_proxy.fault = lambda _: None
        assert await service.result(interview_id) == before
