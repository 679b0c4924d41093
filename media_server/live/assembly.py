"""Puts the rooms together as the configuration says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from media_server.audio import opus
from media_server.audio.gate import factory as gates
from media_server.audio.types import GateName
from media_server.config import Config
from media_server.live.interview_service import LiveInterviewService
from media_server.live.load_admission import LoadGate, LoadLimits
from media_server.live.load_meter import LoadMeter
from media_server.live.services import Services
from media_server.llm.counts import LlmCounts
from media_server.llm.factory import create_llm
from media_server.loop_lag import LoopLag
from media_server.ports import Clock, Public
from media_server.roles import SINGLE, Role
from media_server.rtc.factory import create_transport
from media_server.shared_counts.file import CountsFile
from media_server.shared_counts.places import SharedPlaces
from media_server.store import server_id
from media_server.store.factory import Stores, create_stores
from media_server.store.retention import Retention
from media_server.stt.factory import create_speech_to_text
from media_server.tenants import NO_TENANTS, Tenants
from media_server.tracing import Tracing
from media_server.tts.factory import create_text_to_speech
from media_server.turn_model.service import TurnModelService
from media_server.wall_clock import process_clock

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_service(
    config: Config,
    *,
    tenants: Callable[[], Tenants] = lambda: NO_TENANTS,
    lag: LoopLag | None = None,
    role: Role = SINGLE,
    counts: CountsFile | None = None,
) -> AsyncIterator[LiveInterviewService]:
    """The service, every room started; closed on leaving. Raises what a room raises at starting.
    `tenants`: those in force; `lag`: of its loop; `role`, `counts`: as one of several workers."""
    await _prepare_listening(config.live.speech_gate)
    clock = process_clock()
    stores = create_stores(config.store)
    turn_model = TurnModelService(config.live.end_of_turn_model)
    services = _services(config, stores, clock, turn_model, tenants, role, counts)
    transport = create_transport(config.rtc, clock=clock)
    meter = _meter(config, services, lag)
    service = LiveInterviewService(services, transport, stores, meter=meter)
    retention = Retention(stores, clock, services.tts, service.heard_out, tenants=tenants)
    tracing = Tracing(services.turns, services.server)
    try:
        await tracing.open()
        await turn_model.open()
        await service.open()
        await _alone(role, retention)
        meter.start()
        yield service
    finally:
        await meter.close()
        await retention.close()
        await service.close()
        await turn_model.close()
        await tracing.close()


def _services(
    config: Config,
    stores: Stores,
    clock: Clock,
    turn_model: TurnModelService,
    tenants: Callable[[], Tenants],
    role: Role,
    counts: CountsFile | None,
) -> Services:
    name = server_id.load(config.store.data_dir)
    llm_counts = LlmCounts()
    return Services(
        log=stores.log,
        spool=stores.spool,
        recordings=stores.recordings,
        documents=stores.documents,
        deliveries=stores.deliveries,
        blobs=stores.blobs,
        stt=create_speech_to_text(config.stt, role.speech_socket, worker=role.number),
        tts=create_text_to_speech(config.tts),
        llm=create_llm(config.llm, llm_counts),
        llm_counts=llm_counts,
        turn_model=turn_model,
        evaluations_at_once=config.llm.evaluations,
        clock=clock,
        settings=config.live,
        transcript_days=config.store.transcript_days,
        tenants=tenants,
        webhooks=config.webhooks,
        public_url=config.http.public_url,
        server=_name(name, config.http.port, role),
        machine_places=None if counts is None else SharedPlaces(counts),
    )


async def _alone(role: Role, retention: Retention) -> None:
    """Of several workers the first: it walks the whole store, and twice would be for nothing."""
    if role.number <= 1:
        await retention.open()


def _name(name: str, port: int, role: Role) -> str:
    """The port tells servers apart that share a directory, and the number the workers of one."""
    if not name:
        return ""
    return f"{name}:{port}:{role.number}" if role.number else f"{name}:{port}"


def _meter(config: Config, services: Services, lag: LoopLag | None) -> LoadMeter:
    gate = LoadGate(_limits(config))
    return LoadMeter(gate, lag=lag, stt=services.stt.status, clock=services.clock)


def _limits(config: Config) -> LoadLimits:
    live = config.live
    if not live.admit_by_load:
        return LoadLimits()
    return LoadLimits(
        loop_lag_s=live.admit_loop_lag_s,
        cpu=live.admit_cpu,
        stt_wait_s=config.stt.saturated_wait_s,
        memory_bytes=live.admit_memory_mb * 1_000_000,
        files=live.admit_files,
        window_s=live.admit_window_s,
    )


async def _prepare_listening(name: GateName) -> None:
    """Before the first call, which has no time for it: to find libopus may take other programs."""
    try:
        await asyncio.to_thread(opus.library_name)
    except opus.OpusUnavailable as error:
        logger.error("no candidate can be heard: %s", Public(str(error)))
    if problem := await asyncio.to_thread(gates.problem_of, name):
        logger.warning("speech gate: webrtc serves, because %s", Public(problem))
