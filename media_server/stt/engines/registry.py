"""From the settings to a recogniser: by name, or a failover over several."""

from __future__ import annotations

from media_server import engine_factory
from media_server.ports import EngineUnavailable, SttEngine
from media_server.stt.engines.failover import Failover
from media_server.stt.engines.measured import Measured
from media_server.stt.settings import ENGINES, WHISPER, SttSettings


def create_engine(name: str, settings: SttSettings) -> SttEngine:
    """`name`: one of `ENGINES`, or "package.module:factory". Raises EngineUnavailable.

    The factory is called with the settings and must return quickly: loading belongs into the
    engine's `prepare` and `warm_up`.
    """
    try:
        factory = engine_factory.find(name, ENGINES)
    except EngineUnavailable as error:
        raise EngineUnavailable(f"speech to text: {error}") from error
    if name == WHISPER and settings.slow_model_dir:
        return Measured(settings, factory)
    engine: SttEngine = factory(settings)
    return engine


def create_engines(settings: SttSettings) -> SttEngine:
    """The engine, or a failover over several. Raises EngineUnavailable."""
    one = settings.for_one_engine()
    engines = [create_engine(name, one) for name in settings.engines]
    if len(engines) == 1:
        return engines[0]
    return Failover(engines, rest_s=settings.recovery_probe_s)
