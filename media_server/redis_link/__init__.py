"""The one way to Redis, for the store and for the transcription queue.

`urls` reads what an operator wrote (no Redis library needed), `failures` puts every error of the
library into our words, `circuit` decides when a Redis that is away is asked again, `link` holds
the connections and runs commands and scripts within their deadlines.
"""
