"""The routes of reports and of the sound of an interview: part of `routes.ROUTES`."""

from __future__ import annotations

from media_server.interview.evaluation import Evaluation
from media_server.interview.report import Report, SoundShown
from signaling import evaluations, evidence, interviews, pages, report_links, reports, schemas
from signaling.route import INTERVIEW, Route

_ERRORS = (401, 403, 404, 409, 410, 429, 503)

REPORT_ROUTES: tuple[Route, ...] = (
    Route(
        "GET", INTERVIEW + "/report", "report", reports.report, "reports", "api_key", "read",
        report="report",
        answer=Report,
        headers=("ETag",),
        errors=_ERRORS,
    ),
    Route(
        "GET", INTERVIEW + "/report/waveform", "waveform", reports.waveform, "reports", "api_key",
        "read",
        report="report",
        answer=SoundShown,
        errors=_ERRORS,
    ),
    Route(
        "GET", INTERVIEW + "/report.csv", "report_csv", reports.report_csv, "reports", "api_key",
        "read",
        report="report",
        answer=reports.CSV,
        errors=_ERRORS,
    ),
    Route(
        "GET", INTERVIEW + "/evaluation", "evaluation", evaluations.show, "reports", "api_key",
        "read",
        report="report",
        answer=Evaluation,
        errors=_ERRORS,
    ),
    Route(
        "POST", INTERVIEW + "/evaluation", "evaluation", evaluations.renew, "reports", "api_key",
        "write",
        answer=Evaluation,
        errors=(401, 403, 404, 409, 429, 503),
    ),
    Route(
        "POST", INTERVIEW + "/evaluation/decisions", "decisions", evaluations.decide, "reports",
        "api_key", "decide",
        report="decide",
        body=evaluations.DecisionRequest,
        answer=Evaluation,
        errors=(400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET", INTERVIEW + "/transcript.vtt", "transcript_vtt", interviews.transcript_vtt,
        "interviews", "api_key", "read",
        report="report",
        answer="text/vtt",
        errors=_ERRORS,
    ),
    Route(
        "GET", INTERVIEW + "/transcript.txt", "transcript_txt", interviews.transcript_txt,
        "interviews", "api_key", "read",
        report="report",
        answer="text/plain",
        errors=_ERRORS,
    ),
    Route(
        "GET", INTERVIEW + "/audio/{name}", "audio", interviews.audio, "interviews", "api_key",
        "read",
        report="audio",
        signed=True,
        answer=reports.OGG,
        parameters=("token", "Range"),
        errors=(401, 403, 404, 410, 416, 429, 503),
    ),
    Route(
        "GET", INTERVIEW + "/audio.ogg", "whole_audio", reports.whole_audio, "reports", "api_key",
        "read",
        report="audio",
        signed=True,
        answer=reports.OGG,
        parameters=("sides", "token"),
        errors=(400, 401, 403, 404, 409, 410, 422, 429, 503),
    ),
    Route(
        "GET", INTERVIEW + "/answers/{prompt}/audio.ogg", "answer_audio", reports.answer_audio,
        "reports", "api_key", "read",
        report="audio",
        signed=True,
        answer=reports.OGG,
        parameters=("token",),
        errors=(401, 403, 404, 409, 410, 422, 429, 503),
    ),
    Route(
        "GET", INTERVIEW + "/bundle.zip", "bundle", evidence.bundle, "interviews", "api_key",
        "read",
        report="audio",
        answer=evidence.ZIP,
        errors=_ERRORS,
    ),
    Route(
        "POST", INTERVIEW + "/report-links", "report_links", report_links.create, "reports",
        "api_key", "report",
        body=schemas.ReportLinkRequest,
        success=201,
        answer=schemas.ReportLinkCreated,
        headers=("Location",),
        errors=(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503),
    ),
    Route(
        "GET", INTERVIEW + "/report-links", "report_links", report_links.listed, "reports",
        "api_key", "report",
        answer=schemas.ReportLinks,
        errors=(401, 403, 404, 429, 503),
    ),
    Route(
        "DELETE", INTERVIEW + "/report-links/{link:[A-Za-z0-9_-]+}", "report_link",
        report_links.revoke, "reports", "api_key", "report",
        success=204,
        errors=(401, 403, 404, 429, 503),
    ),
    Route(
        "GET", "/r/{interview:[A-Za-z0-9_-]+}", "report_page", pages.report, "pages",
        answer="text/html",
        published=False,
    ),
)  # fmt: skip
