"""An engine of somebody else: one file, named in the settings by `package.module:factory`."""

from __future__ import annotations

from collections.abc import Sequence

from media_server.ports import SttCapabilities, SttRequest, Transcription, Word
from media_server.stt.settings import SttSettings
from tests.stt.fake_engines import job
from tests.stt.queues import Outcomes, Started

OURS = f"{__name__}:create"


class Counting:
    """Hears how long a segment is. Knows German alone."""

    name = "counting"
    model = "by ear"
    notice = "Nobody should be judged by this."
    capabilities = SttCapabilities(languages=("de",), batch_size=2)

    def prepare(self) -> bool:
        return False

    def warm_up(self) -> None:
        self._unit = "Samples"

    def transcribe(self, requests: Sequence[SttRequest]) -> list[Transcription]:
        return [self._heard(request) for request in requests]

    def _heard(self, request: SttRequest) -> Transcription:
        text = f"{request.pcm.size} {self._unit}"
        word = Word(text, 0.0, 0.1, 0.9)
        return Transcription(text, (word,), self.name, self.model, request.language)


def create(settings: SttSettings) -> Counting:
    return Counting()


async def test_engine_by_its_dotted_name_is_heard_through_its_worker(started: Started) -> None:
    async with started(engine=OURS, language="de") as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1, samples=1600))
        (outcome,) = await outcomes.count(1)
        assert queue.status().engine == "counting"
        assert queue.status().notice == "Nobody should be judged by this."
    made = outcome.transcription
    assert made is not None
    assert (made.text, made.engine, made.words[0].confidence) == ("1600 Samples", "counting", 0.9)
    assert made.language == "de", "the operator's language stands over the job's"


async def test_what_it_cannot_do_is_not_asked_of_it(started: Started) -> None:
    async with started(engine=OURS) as queue:
        outcomes = Outcomes(queue)
        outcomes.submit(job(1), job(2))
        for outcome in await outcomes.count(2):
            assert outcome.transcription is None
            assert "does not know the language 'en' (it knows de)" in outcome.reason
            assert outcome.deliveries == 1, "and not a second time"
