from __future__ import annotations

import pytest

from media_server.redis_link.circuit import PROBE_INTERVAL_S, Admission, Circuit
from media_server.redis_link.failures import UNREACHABLE, Cause


@pytest.mark.parametrize("cause", sorted(UNREACHABLE))
def test_after_a_failure_one_probe_each_interval(cause: Cause) -> None:
    circuit = Circuit()
    assert circuit.admit(0.0) is Admission.CALL
    assert circuit.failed(cause, 0.0)
    assert circuit.admit(PROBE_INTERVAL_S - 0.01) is Admission.REFUSED
    assert circuit.admit(PROBE_INTERVAL_S) is Admission.PROBE
    assert circuit.admit(PROBE_INTERVAL_S) is Admission.REFUSED, "one at a time"
    assert not circuit.failed(cause, PROBE_INTERVAL_S + 1.0), "the same trouble is logged once"
    circuit.ended(Admission.PROBE)
    assert circuit.admit(PROBE_INTERVAL_S + 1.5) is Admission.REFUSED
    assert circuit.admit(2 * PROBE_INTERVAL_S + 1.0) is Admission.PROBE
    circuit.ended(Admission.PROBE)
    assert circuit.answered()
    assert circuit.admit(2 * PROBE_INTERVAL_S + 1.0) is Admission.CALL
    assert not circuit.answered(), "that it answers again is logged once"


@pytest.mark.parametrize("cause", sorted(set(Cause) - UNREACHABLE))
def test_an_answer_that_refuses_keeps_it_closed(cause: Cause) -> None:
    circuit = Circuit()
    circuit.failed(cause, 0.0)
    assert circuit.admit(0.0) is Admission.CALL


def test_a_probe_that_is_refused_closes_it() -> None:
    circuit = Circuit()
    circuit.failed(Cause.SILENT, 0.0)
    circuit.ended(circuit.admit(PROBE_INTERVAL_S))
    assert circuit.failed(Cause.LOADING, PROBE_INTERVAL_S)
    assert circuit.admit(PROBE_INTERVAL_S) is Admission.CALL


def test_one_line_for_each_trouble() -> None:
    circuit = Circuit()
    assert circuit.failed(Cause.AWAY, 0.0)
    assert not circuit.failed(Cause.SILENT, 1.0), "not each error that silence may look like"
    assert not circuit.failed(Cause.COMMAND, 2.0)
    assert circuit.failed(Cause.REFUSED, 3.0)
    assert not circuit.failed(Cause.REFUSED, 4.0)
    assert circuit.answered()


def test_one_that_does_not_fail_fast_lets_every_call_through() -> None:
    circuit = Circuit(fails_fast=False)
    assert circuit.failed(Cause.SILENT, 0.0)
    assert circuit.admit(0.0) is Admission.CALL
    assert not circuit.failed(Cause.SILENT, 0.1), "logged once all the same"
    assert circuit.answered()
