"""The drawn states are those of the machine."""

from pathlib import Path

from media_server.tools.states import page

PAGE = Path(__file__).parents[2] / "docs" / "states.md"


def test_docs_show_the_table_as_it_is() -> None:
    assert PAGE.read_text() == page(), "run: python -m media_server.tools.states > docs/states.md"
