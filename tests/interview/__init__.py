"""The pure machine of an interview."""

import pytest

# They assert for the tests beside them, and what failed is to be seen.
pytest.register_assert_rewrite("tests.interview.world", "tests.interview.walks")
