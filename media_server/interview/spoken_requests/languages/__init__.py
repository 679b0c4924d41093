"""The phrases of each language, one file each."""

from collections.abc import Mapping

from media_server.interview.spoken_requests.languages.ar import AR
from media_server.interview.spoken_requests.languages.de import DE
from media_server.interview.spoken_requests.languages.en import EN
from media_server.interview.spoken_requests.languages.es import ES
from media_server.interview.spoken_requests.languages.fr import FR
from media_server.interview.spoken_requests.table import Table

TABLES: Mapping[str, Table] = {"de": DE, "en": EN, "es": ES, "fr": FR, "ar": AR}
