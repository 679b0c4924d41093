from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media_server.ports import Word
from media_server.stt.transcript import on_timeline


def test_words_move_to_the_candidates_timeline() -> None:
    words = (Word("a", -0.1, 0.2, 0.5), Word("b", 0.1, 0.4, None), Word("c", 0.9, 1.4, 0.1))
    assert on_timeline(words, 10.0, 1.0) == (
        Word("a", 10.0, 10.2, 0.5),
        Word("b", 10.1, 10.4, None),
        Word("c", 10.9, 11.0, 0.1),
    )


times = st.floats(-2, 30)


@given(st.lists(st.builds(Word, st.just("w"), times, times, st.none())), st.floats(0, 20))
def test_times_never_go_back_or_leave_the_segment(words: list[Word], duration_s: float) -> None:
    placed = on_timeline(words, 5.0, duration_s)
    starts = [word.start_s for word in placed]
    assert starts == sorted(starts)
    assert all(4.999 <= w.start_s <= w.end_s + 0.001 <= 5.002 + duration_s for w in placed)
