"""Rules of the search for a lie: what is clicked and written about a summary."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from media_server.interview import inputs as inp
from tests.interview.walks import feeds


class SummaryRules:
    """Beside the rules of `test_stateful.Interviews`."""

    fed: ClassVar[Counter[type]] = Counter()

    def give(self, *inputs: inp.Input) -> None:
        raise NotImplementedError

    @feeds(inp.SummaryChosen, inp.SummaryWritten)
    @rule(choice=st.sampled_from(("yes", "no")), text=st.sampled_from(("It was so.", "And this.")))
    def summary_is_clicked(self, choice: inp.SummaryChoice, text: str) -> None:
        self.give(inp.SummaryChosen(choice), inp.SummaryWritten("q0", text))
