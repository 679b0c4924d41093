"""A wall clock that is set, at any time and by any amount: what follows it and what does not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from media_server.interview import events as ev
from media_server.interview import machine
from media_server.interview.fold import evolve
from media_server.interview.spec import InterviewSpec
from media_server.interview.state import State, initial
from media_server.wall_clock import CONFIRM_S, STEP_S, AnchoredClock, InterviewClock, wall_s

DAY_S = 86_400.0
TRUE_S = 1_800_000_000.0


class Machine:
    """A computer: its monotonic clock, its wall clock, and how wrong that is."""

    def __init__(self, wrong_by_s: float = 0.0) -> None:
        self.up_s = 1_000.0
        self.wrong_by_s = wrong_by_s
        self.clock = AnchoredClock(wall=self.wall_s, monotonic=lambda: self.up_s)

    def wall_s(self) -> float:
        return TRUE_S + self.up_s + self.wrong_by_s

    def runs(self, seconds: float, *, look_every_s: float = 5.0) -> None:
        end_s = self.up_s + seconds
        while self.up_s < end_s:
            self.up_s = min(end_s, self.up_s + look_every_s)
            self.clock.look()


def test_a_correction_is_followed_within_a_minute_and_measures_nothing() -> None:
    for wrong_s in (-3 * DAY_S, 3 * DAY_S):
        machine_ = Machine(wrong_s)
        began_s = machine_.clock.now_s()
        machine_.wrong_by_s = 0.0
        machine_.runs(60.0)
        assert abs(machine_.clock.wall_s() - machine_.wall_s()) <= STEP_S
        assert machine_.clock.now_s() - began_s == 60.0


def test_a_step_that_is_taken_back_at_once_is_not_believed() -> None:
    machine_ = Machine()
    machine_.wrong_by_s = 3600.0
    machine_.runs(CONFIRM_S - 1.0, look_every_s=1.0)
    machine_.wrong_by_s = 0.0
    machine_.runs(5.0, look_every_s=1.0)
    machine_.wrong_by_s = 3600.0
    machine_.runs(CONFIRM_S - 1.0, look_every_s=1.0)
    assert abs(machine_.clock.wall_s() - TRUE_S - machine_.up_s) <= STEP_S


def test_small_differences_change_nothing() -> None:
    machine_ = Machine()
    machine_.wrong_by_s = STEP_S - 0.1
    machine_.runs(60.0)
    assert machine_.clock.wall_s() == machine_.clock.now_s()
    assert InterviewClock(machine_.clock).now_s() == machine_.clock.now_s()


def state_at(clock: InterviewClock, *, expires_s: float) -> State:
    spec = InterviewSpec.model_validate({"questions": [{"id": "q", "text": "Who are you?"}]})
    return evolve(initial(spec), ev.Created(expires_s=expires_s), clock.now_s())


STEPS = st.lists(
    st.tuples(st.floats(-1e6, 1e6), st.floats(0.0, 120.0)), max_size=12
)  # (how wrong the wall clock is from here on, for how long)


@given(
    first_s=st.floats(-1e6, 1e6), log_ahead_s=st.floats(-1e6, 1e6), steps=STEPS,
    expires_in_s=st.floats(60.0, 1e6),
)  # fmt: skip
def test_no_step_moves_a_deadline(
    first_s: float, log_ahead_s: float, steps: list[tuple[float, float]], expires_in_s: float
) -> None:
    machine_ = Machine(first_s)
    log_end_s = machine_.wall_s() + log_ahead_s
    clock = InterviewClock(machine_.clock, not_before_s=log_end_s)
    began_s, began_up_s = clock.now_s(), machine_.up_s
    assert began_s >= log_end_s - STEP_S, "the log's times ascend"
    for wrong_s, seconds in steps:
        machine_.wrong_by_s = wrong_s
        machine_.runs(seconds)
        assert abs(clock.now_s() - began_s - (machine_.up_s - began_up_s)) < 1e-3

    # What is absolute: a link that expires by Unix time does so whatever the interview's own says.
    expires_s = wall_s(machine_.clock) + expires_in_s
    state = replace(state_at(clock, expires_s=expires_s), clock_ahead_s=clock.ahead_s())
    due_s = machine.deadline(state)
    assert due_s is not None
    assert abs((due_s - clock.now_s()) - expires_in_s) <= STEP_S + 1e-3
