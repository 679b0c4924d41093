"""The texts of `interview.v1`, byte for byte: clients are out there that know them."""

from __future__ import annotations

import json

import pytest

from media_server.dialects import interview_v1 as v1
from media_server.dialects.registry import DIALECTS, find
from media_server.interview import events as ev
from media_server.interview import inputs as inp
from media_server.interview.spec import InterviewSpec, Question
from media_server.interview.state import initial
from media_server.interview.status import Status
from media_server.interview.view import Progress, View, progress, view
from media_server.ports import dialect as said
from media_server.segment_info import SegmentId, SegmentInfo

V1 = find(DIALECTS, "interview.v1", "")
STATE = initial(InterviewSpec(questions=(Question(id="q1", text="Why?"),)))
SEGMENT = ev.SegmentTranscribed(
    segment_id=SegmentId(1, 1), turn_epoch=1, round=0, text="Wörter", start_s=1.25, end_s=2.5
)
TEXTS: list[tuple[said.ToCandidate, str]] = [
    (
        said.Welcome("iv_1", 2, True, 7, "Title", 3, 0, "normal", "tok", ("A note.",)),
        (
            '{"type":"welcome","interview_id":"iv_1","connection_epoch":2,"resumed":true,"last_seq":7,'
            '"found_seq":0,"title":"Title","questions_total":3,"heartbeat_ms":2000,"pace":"normal",'
            '"resume_token":"tok","notices":["A note."]}'
        ),
    ),
    (
        said.Welcome("iv_1", 1, False, 7, "Title", 3, 4, "slower"),
        (
            '{"type":"welcome","interview_id":"iv_1","connection_epoch":1,"resumed":false,"last_seq":7,'
            '"found_seq":4,"title":"Title","questions_total":3,"heartbeat_ms":2000,"pace":"slower",'
            '"notices":[]}'
        ),
    ),
    (
        View(Status.PAUSED, "paused", "idle", 12.0, ("resume", "leave")),
        (
            '{"type":"state","status":"paused","stage":"paused","activity":"idle",'
            '"paused_remaining_s":12.0,"can":["resume","leave"],"prompt_id":"","number":0,"watched":false}'
        ),
    ),
    (
        view(STATE, 0.0),
        (
            '{"type":"state","status":"created","stage":"ready","activity":"idle","can":[],'
            '"prompt_id":"","number":0,"watched":false}'
        ),
    ),
    (
        Progress(1, 3, 2.5, 1800.0),
        '{"type":"progress","number":1,"of":3,"elapsed_s":2.5,"limit_s":1800.0}',
    ),
    (
        said.Durable(ev.RoundAdvanced(round=0, question_id="q1", reason=""), 9, STATE),
        (
            '{"type":"question","seq":9,"prompt_id":"q1","kind":"question","question_id":"q1","number":1,"of":1,"text":"Why?",'
            '"asked_again":false}'
        ),
    ),
    (
        said.Durable(SEGMENT, 10, STATE),
        (
            '{"type":"transcript","seq":10,"segment_id":"1-1","prompt_id":"q1","question_id":"q1","text":"Wörter",'
            '"final":true,"stable":"","mode":"voice","untranscribed":false,"request":"","start_s":1.25,"end_s":2.5,"turn":1}'
        ),
    ),
    (
        said.Momentary(SEGMENT, STATE),
        (
            '{"type":"transcript","segment_id":"1-1","prompt_id":"q1","question_id":"q1","text":"Wörter",'
            '"final":false,"stable":"Wörter","mode":"voice","untranscribed":false,"request":"","start_s":1.25,"end_s":2.5,"turn":1}'
        ),
    ),
    (
        said.Interim(
            SegmentInfo(SegmentId(1, 2, True), 1, 1.23456, 2.0, 500), "so far", "so", STATE
        ),
        (
            '{"type":"transcript","segment_id":"1-r2","prompt_id":"","question_id":"",'
            '"text":"so far",'
            '"final":false,"stable":"so","mode":"voice","untranscribed":false,"request":"","start_s":1.235,'
            '"end_s":2.0,"turn":1}'
        ),
    ),
    (said.Level(-30.26, True), '{"type":"level","dbfs":-30.3,"speech":true}'),
    (said.Hint("code", "Text."), '{"type":"hint","code":"code","text":"Text."}'),
    (
        said.ErrorNotice("moved", "Why.", True),
        '{"type":"error","code":"moved","message":"Why.","recoverable":true}',
    ),
    (said.Pong(1.5), '{"type":"pong","t_ms":1.5}'),
]


@pytest.mark.parametrize(("what", "text"), TEXTS, ids=[type(w).__name__ for w, _ in TEXTS])
def test_what_is_said_has_this_text(what: said.ToCandidate, text: str) -> None:
    assert V1 is not None
    assert list(V1.encode(what)) == [text]


def test_what_is_of_no_interest_to_a_candidate_has_no_text() -> None:
    assert V1 is not None
    assert list(V1.encode(said.Durable(ev.Muted(muted=True), 3, STATE))) == []
    assert progress(STATE, 0.0).number == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"type":"hello","last_seq":4,"client":"x"}', said.Hello(4)),
        ('{"type":"ack","seq":4}', said.Ack(4)),
        ('{"type":"ping","t_ms":4}', said.Ping(4.0)),
        ('{"type":"ready"}', inp.StartPressed()),
        ('{"type":"text_answer","text":"I.","prompt_id":"q1"}', inp.AnswerTyped("I.", "q1")),
        ('{"type":"text_answer","text":"I.","prompt_id":""}', inp.AnswerTyped("I.")),
        ('{"type":"mute","muted":true}', inp.MuteChanged(True)),
        ('{"type":"text_answer","text":" I did. "}', inp.AnswerTyped("I did.")),
        ('{"type":"pace","pace":"slower"}', inp.PaceChosen("slower")),
        ('{"type":"of_a_newer_version"}', None),
    ],
)
def test_what_a_client_says_means_this(text: str, what: said.FromCandidate | None) -> None:
    assert V1 is not None
    assert V1.decode(text) == what


def test_every_message_of_a_client_means_something() -> None:
    assert V1 is not None
    fields = {"t_ms": 1, "seq": 1, "muted": True, "text": "Yes.", "pace": "slower"}
    fields |= {"choice": "yes", "prompt_id": "q1"}
    for kind in v1.CLIENT_TYPES:
        assert V1.decode(json.dumps({"type": kind, **fields})) is not None, kind
