"""README.txt of a bundle: for whoever opens it years later without us. Pure."""

from __future__ import annotations

_TEXT = """\
Evidence bundle of interview {interview}
Made by {software} at {made_at} (by the server's clock).

What is here
  result.json         answers, words and their times
  transcript.txt      the same to read; transcript.vtt with times, for players
  log.ndjson          the whole log: every decision and every word, one JSON object per line
  log.chain           the hash chain over the lines of the log
  audio/              what was heard and said, as it was kept; none where none was kept
  manifest.json       the SHA-256 of each of these files
  manifest.json.sig   the server's signature of manifest.json (Ed25519)

How to check it
  With the program that made it, offline:

    media-server verify BUNDLE.zip --fingerprint={kid}

  Take the fingerprint from the server's owner, not from here: whoever can make a bundle of their
  own can write any fingerprint into it. The server shows its key at /v1/evidence-key.

  With other tools: save the "pem" of /v1/evidence-key as key.pem, unpack the ZIP, then

    openssl pkeyutl -verify -pubin -inkey key.pem -rawin \\
      -in manifest.json -sigfile manifest.json.sig
    sha256sum * audio/*    and compare with manifest.json

What this proves, and what it does not
  That nothing in this file was changed since the server signed it, and that the words of the
  result stand in the log. It does not prove that the recogniser understood every word (listen to
  the audio), who was speaking, that the server's clock was right, or that the server itself was
  honest when it signed.
"""


def text(*, interview: str, software: str, made_at: str, kid: str) -> bytes:
    return _TEXT.format(interview=interview, software=software, made_at=made_at, kid=kid).encode()
