"""Every request of the API once, for both clients. Pure.

A `Call` says what is sent and how the answer is read. `METHODS` says which method of the clients
stands for which route; a test compares it with the server's own table.

Over 400 lines on purpose: one request after another.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from media_server.api_client.errors import ApiError, Invalid, NotUnderstood, from_answer
from media_server.interview.evaluation import Evaluation
from media_server.interview.report import Report, SoundShown
from media_server.interview.result import Result
from media_server.interview.spec import InterviewSpec
from media_server.interview.template import InterviewFromTemplate, TemplateSpec
from signaling import schemas

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

MAX_ANSWER_BYTES = 64 << 20
"""Of an answer that is held in memory."""
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,109}")
_WEBHOOKS = "/v1/webhooks"

METHODS: Mapping[tuple[str, str], str] = {
    ("POST", "interviews"): "create",
    ("GET", "interviews"): "page",
    ("GET", "interview"): "get",
    ("DELETE", "interview"): "erase",
    ("POST", "cancel"): "cancel",
    ("GET", "result"): "result",
    ("GET", "transcript_vtt"): "transcript_vtt",
    ("GET", "transcript_txt"): "transcript_text",
    ("GET", "log"): "log",
    ("GET", "audio"): "audio",
    ("GET", "bundle"): "bundle",
    ("GET", "evidence_key"): "evidence_key",
    ("GET", "events"): "events",
    ("POST", "templates"): "create_template",
    ("GET", "templates"): "template_page",
    ("GET", "template"): "template",
    ("GET", "template_version"): "template",
    ("PUT", "template"): "replace_template",
    ("DELETE", "template"): "delete_template",
    ("GET", "link_svg"): "link_svg",
    ("GET", "report"): "report",
    ("GET", "waveform"): "waveform",
    ("GET", "report_csv"): "report_csv",
    ("GET", "whole_audio"): "whole_audio",
    ("GET", "answer_audio"): "answer_audio",
    ("POST", "report_links"): "create_report_link",
    ("GET", "report_links"): "report_links",
    ("DELETE", "report_link"): "revoke_report_link",
    ("GET", "evaluation"): "evaluation",
    ("POST", "evaluation"): "evaluate_again",
    ("POST", "decisions"): "decide",
    ("POST", "hold"): "hold",
    ("GET", "hold"): "held",
    ("DELETE", "hold"): "release",
    ("GET", "webhook_deliveries"): "delivery_page",
    ("POST", "webhook_replay"): "replay_delivery",
    ("POST", "webhook_test"): "test_webhook",
    ("GET", "webhook_endpoints"): "webhook_endpoints",
    ("POST", "webhook_enable"): "enable_webhook",
    ("GET", "ops"): "workers",
    ("GET", "ops_turns"): "slow_turns",
    ("GET", "ops_interview"): "decisions",
}
"""By method and name of the route."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    method: str
    path: str
    """From the server's mount on."""
    read: Callable[[bytes], T]
    """Of the body of a good answer. Raises NotUnderstood."""
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    """Twice is as good as once."""

    def answer(self, status: int, body: bytes, retry_after: str | None, *, again: bool) -> T:
        """Raises ApiError. `again`: it may have been carried out by an earlier try."""
        if 200 <= status < 300:
            return self.read(body)
        if status == 404 and again and self.method == "DELETE":
            return self.read(b"")
        raise from_answer(status, body, retry_after)


def create(
    spec: InterviewSpec | InterviewFromTemplate | Mapping[str, Any], idempotency_key: str | None
) -> Call[schemas.InterviewCreated]:
    return _creating("/v1/interviews", reader(schemas.InterviewCreated), spec, idempotency_key)


def page(limit: int, cursor: str, status: str, text_: str) -> Call[schemas.InterviewPage]:
    params = listing(limit, cursor, status=status, text=text_)
    return Call("GET", "/v1/interviews", reader(schemas.InterviewPage), params)


def get(interview_id: str) -> Call[schemas.InterviewDetails]:
    return Call("GET", of(interview_id), reader(schemas.InterviewDetails))


def erase(interview_id: str) -> Call[None]:
    return Call("DELETE", of(interview_id), nothing)


def cancel(interview_id: str) -> Call[schemas.InterviewDetails]:
    details = reader(schemas.InterviewDetails)
    return Call("POST", of(interview_id) + "/cancel", details, repeatable=False)


def result(interview_id: str) -> Call[Result]:
    return Call("GET", of(interview_id) + "/result", reader(Result))


def transcript(interview_id: str, form: str) -> Call[str]:
    return Call("GET", f"{of(interview_id)}/transcript.{form}", text)


def log(interview_id: str) -> Call[None]:
    return Call("GET", of(interview_id) + "/log", nothing)


def audio(interview_id: str, name: str) -> Call[None]:
    if not _FILE.fullmatch(name):
        raise Invalid("no name of a recording: the result has them, such as audio-0001.ogg")
    return Call("GET", f"{of(interview_id)}/audio/{name}", nothing)


def bundle(interview_id: str) -> Call[None]:
    return Call("GET", of(interview_id) + "/bundle.zip", nothing)


def events(interview_id: str, after: str, *, words: bool) -> Call[None]:
    params = {"include": "words"} if words else {}
    resumed = {"Last-Event-ID": header(after)} if after else {}
    return Call("GET", of(interview_id) + "/events", nothing, params, headers=resumed)


def create_template(
    spec: TemplateSpec | Mapping[str, Any], idempotency_key: str | None
) -> Call[schemas.TemplateAnswer]:
    return _creating("/v1/templates", reader(schemas.TemplateAnswer), spec, idempotency_key)


def template_page(limit: int, cursor: str) -> Call[schemas.TemplatePage]:
    return Call("GET", "/v1/templates", reader(schemas.TemplatePage), listing(limit, cursor))


def template(template_id: str, version: int | None) -> Call[schemas.TemplateAnswer]:
    path = template_path(template_id) + (f"/versions/{version:d}" if version is not None else "")
    return Call("GET", path, reader(schemas.TemplateAnswer))


def replace_template(
    template_id: str, spec: TemplateSpec | Mapping[str, Any], version: int | None
) -> Call[schemas.TemplateAnswer]:
    return Call(
        "PUT",
        template_path(template_id),
        reader(schemas.TemplateAnswer),
        body=encoded(spec),
        headers={"Content-Type": "application/json", "If-Match": _etag(version)},
        repeatable=False,
    )


def delete_template(template_id: str, version: int | None) -> Call[None]:
    path = template_path(template_id)
    return Call("DELETE", path, nothing, headers={"If-Match": _etag(version)})


def report(interview_id: str) -> Call[Report]:
    return Call("GET", of(interview_id) + "/report", reader(Report))


def waveform(interview_id: str) -> Call[SoundShown]:
    return Call("GET", of(interview_id) + "/report/waveform", reader(SoundShown))


def report_csv(interview_id: str) -> Call[str]:
    return Call("GET", of(interview_id) + "/report.csv", text)


def whole_audio(interview_id: str, sides: str) -> Call[None]:
    return Call("GET", of(interview_id) + "/audio.ogg", nothing, {"sides": sides})


def answer_audio(interview_id: str, prompt_id: str) -> Call[None]:
    prompt = quote(prompt_id, safe="")
    if prompt in {"", ".", ".."}:
        raise Invalid("no id of a prompt: the result has them")
    return Call("GET", f"{of(interview_id)}/answers/{prompt}/audio.ogg", nothing)


def create_report_link(
    interview_id: str, ttl_s: int | None, scopes: Sequence[str]
) -> Call[schemas.ReportLinkCreated]:
    asked = {"ttl_s": ttl_s, "scopes": list(scopes) or None}
    body = {name: value for name, value in asked.items() if value is not None}
    return _posting(of(interview_id) + "/report-links", reader(schemas.ReportLinkCreated), body)


def report_links(interview_id: str) -> Call[schemas.ReportLinks]:
    return Call("GET", of(interview_id) + "/report-links", reader(schemas.ReportLinks))


def revoke_report_link(interview_id: str, link_id: str) -> Call[None]:
    path = f"{of(interview_id)}/report-links/{plain(link_id, 'link')}"
    return Call("DELETE", path, nothing)


def link_svg(interview_id: str) -> Call[str]:
    return Call("GET", of(interview_id) + "/link.svg", text)


def evaluation(interview_id: str, method: str = "GET") -> Call[Evaluation]:
    return Call(method, of(interview_id) + "/evaluation", reader(Evaluation))


def decide(interview_id: str, decision: Mapping[str, Any]) -> Call[Evaluation]:
    """The same again answers the same."""
    path = of(interview_id) + "/evaluation/decisions"
    return _posting(path, reader(Evaluation), decision)


def hold(interview_id: str, reason: str, artifacts: Sequence[str]) -> Call[schemas.HoldShown]:
    body: dict[str, Any] = {"reason": reason, **({"artifacts": artifacts} if artifacts else {})}
    return _posting(of(interview_id) + "/hold", reader(schemas.HoldShown), body)


def held(interview_id: str, *, release: bool) -> Call[schemas.HoldShown]:
    method = "DELETE" if release else "GET"
    return Call(
        method, of(interview_id) + "/hold", reader(schemas.HoldShown), repeatable=not release
    )


def delivery_page(
    limit: int, cursor: str, filters: Mapping[str, str]
) -> Call[schemas.WebhookDeliveryPage]:
    params = listing(limit, cursor, **filters)
    return Call("GET", f"{_WEBHOOKS}/deliveries", reader(schemas.WebhookDeliveryPage), params)


def replay_delivery(delivery_id: str) -> Call[schemas.WebhookDelivery]:
    path = f"{_WEBHOOKS}/deliveries/{plain(delivery_id, 'delivery')}/replay"
    return Call("POST", path, reader(schemas.WebhookDelivery), repeatable=False)


def test_webhook(endpoint: str) -> Call[schemas.WebhookDelivery]:
    return Call(
        "POST",
        f"{_WEBHOOKS}/test",
        reader(schemas.WebhookDelivery),
        body=encoded({"endpoint": endpoint}),
        headers={"Content-Type": "application/json"},
        repeatable=False,
    )


def webhook_endpoints() -> Call[schemas.WebhookEndpoints]:
    return Call("GET", f"{_WEBHOOKS}/endpoints", reader(schemas.WebhookEndpoints))


def enable_webhook(endpoint: str) -> Call[schemas.WebhookEndpointState]:
    path = f"{_WEBHOOKS}/endpoints/{plain(endpoint, 'webhook endpoint')}/enable"
    return Call("POST", path, reader(schemas.WebhookEndpointState))


def evidence_key() -> Call[schemas.EvidenceKey]:
    return Call("GET", "/v1/evidence-key", reader(schemas.EvidenceKey))


# --- how it is written and read -------------------------------------------------------------------


def of(interview_id: str) -> str:
    """Raises Invalid: an id is never a way to another address."""
    if not _SAFE.fullmatch(interview_id):
        raise Invalid("no id of an interview: 1 to 64 of A-Z a-z 0-9 _ -")
    return f"/v1/interviews/{interview_id}"


def template_path(template_id: str) -> str:
    return f"/v1/templates/{plain(template_id, 'template')}"


def plain(name: str, what: str) -> str:
    """An id that is no way to another address. Raises Invalid."""
    if not _ID.fullmatch(name):
        raise Invalid(f"no id of a {what}: 1 to 100 of A-Z a-z 0-9 _ . - and not a dot first")
    return name


def listing(limit: int, cursor: str, **filters: str) -> dict[str, str]:
    """Parameters of a list; what is empty is left out."""
    given = {"cursor": cursor, **filters}
    return {"limit": str(limit), **{name: value for name, value in given.items() if value}}


def _creating(
    path: str,
    read: Callable[[bytes], T],
    spec: BaseModel | Mapping[str, Any],
    idempotency_key: str | None,
) -> Call[T]:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": header(idempotency_key or str(uuid.uuid4())),
    }
    return Call("POST", path, read, body=encoded(spec), headers=headers)


def _posting(path: str, read: Callable[[bytes], T], body: Mapping[str, Any]) -> Call[T]:
    headers = {"Content-Type": "application/json"}
    return Call("POST", path, read, body=encoded(body), headers=headers, repeatable=False)


def _etag(version: int | None) -> str:
    return "*" if version is None else f'"{version:d}"'


def header(text_: str) -> str:
    """Raises Invalid for what no header can carry."""
    if not text_.isascii() or not text_.isprintable() or text_ != text_.strip():
        raise Invalid("visible ASCII characters are expected, without spaces around them")
    return text_


def encoded(body: BaseModel | Mapping[str, Any]) -> bytes:
    """A mapping goes as it is, so that the server says what is wrong with it. Raises Invalid."""
    if isinstance(body, BaseModel):
        return body.model_dump_json(exclude_unset=True).encode()
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise Invalid(f"this cannot be written as JSON: {error}") from None


def reader(model: type[M]) -> Callable[[bytes], M]:
    """Fields that only a newer server has are no fault, as the API asks of its clients: they are
    kept where the model has room for them, else left out."""
    extra: Literal["allow", "ignore"] = (
        "allow" if model.model_config.get("extra") == "allow" else "ignore"
    )

    def read(body: bytes) -> M:
        try:
            return model.model_validate_json(body, extra=extra)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(map(str, fault["loc"])) or "all of it"
            raise NotUnderstood(
                f"the answer is no {model.__name__} ({where:.80}): is it a media server, and of "
                "this release?"
            ) from None

    return read


def line(text_: bytes) -> dict[str, Any]:
    """One of NDJSON. Raises NotUnderstood."""
    try:
        found = json.loads(text_)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotUnderstood("a line of the answer is no JSON object")
    return found


def text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise NotUnderstood("the answer is no text in UTF-8") from None


def nothing(_body: bytes) -> None:
    """What was asked for is done, or comes as a stream."""


def too_long() -> ApiError:
    return NotUnderstood(f"the answer has more than {MAX_ANSWER_BYTES} bytes")
