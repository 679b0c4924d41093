"""Spoken requests: is a whole turn a request, and which?

"I had to repeat the experiment" is an answer; "could you repeat that?" is not.
"""

from media_server.interview.spoken_requests.model import MAX_WORDS, Intent, Recognised
from media_server.interview.spoken_requests.recogniser import recognise

__all__ = [
    "MAX_WORDS",
    "Intent",
    "Recognised",
    "recognise",
]
