"""Received audio goes to the spool and to the recording, as far as it may be kept."""

from __future__ import annotations

from media_server.audio.allowance import KeptBytes, Packets
from media_server.ports import Recording, Spool, SpooledPacket


class AudioKeeper:
    """Of one connection."""

    def __init__(self, spool: Spool, now_s: float) -> None:
        self.allowance = KeptBytes(now_s)
        self._spool = spool
        self._recording: Recording | None = None
        self._interview_id = ""
        self._epoch = 0

    def begin(self, interview_id: str, connection_epoch: int, recording: Recording | None) -> None:
        self._interview_id, self._epoch = interview_id, connection_epoch
        self._recording = recording

    def keep(self, received: Packets, now_s: float) -> None:
        """`received`: (media_s, Opus packet), in order."""
        packets = self.allowance.admitted(received, now_s)
        if not packets:
            return
        epoch = self._epoch
        self._spool.put(
            self._interview_id, [SpooledPacket(epoch, media_s, opus) for media_s, opus in packets]
        )
        if self._recording is not None:
            for media_s, opus in packets:
                self._recording.add(media_s, opus)

    async def release(self) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            await recording.close()
