"""The phrases of each language, one file each."""

from collections.abc import Mapping

from media_server.interview.spoken_requests.languages.en import EN
from media_server.interview.spoken_requests.table import Table

TABLES: Mapping[str, Table] = {"en": EN}
