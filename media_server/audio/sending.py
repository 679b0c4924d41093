"""What does this sender do while nobody speaks: send silence, as browsers do, or nothing? Pure.

It decides what it means that no packet comes although the line lives. From a sender that has been
heard sending silence it is a microphone that has died. From one that is known to send nothing it is
silence. Of one that is not known yet, it is a dead microphone where it breaks off in mid-speech.
"""

from __future__ import annotations

from media_server.audio.types import RTP_CLOCK_RATE, RtpPacket

QUIET_SENT_S = 2.0
"""So long on end only who sends silence sends it: what others send behind a word is shorter."""
CONTINUOUS_S = 0.5
"""Between two packets of an encoder in DTX, which are 0.4 s apart, and their jitter."""
GAP_S = 1.0
GAPS = 2
"""So often nothing was sent on purpose: it does so, though it once sent silence (noise, maybe)."""
BROKEN_OFF_S = 0.1
"""Speech closer to the last packet than that was broken off."""
LONGEST_STALL_S = 7.0
"""A sender whose clock stood still for longer has sent nothing; before, the network may have held
back packets that are all still coming."""


class Sending:
    """Call `packet` for every packet, in the order of their arrival, and `forget` when what is sent
    is no matter for a while."""

    def __init__(self) -> None:
        self._last: RtpPacket | None = None
        self._last_s = 0.0
        self._quiet_since_s = 0.0
        self._speech_s = float("-inf")
        self._quiet_sent = False
        self._gaps = 0

    def packet(self, packet: RtpPacket, now_s: float, speech: bool) -> float:
        """`speech`: there is some in what was heard last. Answers for how many seconds nothing came
        before it that a sender of silence would have sent, and that no packet is missing for; 0.0
        nearly always."""
        last, gap_s = self._last, now_s - self._last_s
        if last is not None and packet.ssrc == last.ssrc:
            ahead = (packet.sequence_number - last.sequence_number) & 0xFFFF
            if ahead == 1 and gap_s <= CONTINUOUS_S:  # nearly always
                if speech:
                    self._quiet_since_s = self._speech_s = now_s
                elif now_s - self._quiet_since_s >= QUIET_SENT_S:
                    self._quiet_sent = True
                self._last, self._last_s = packet, now_s
                return 0.0
            if ahead >= 0x8000 or ahead == 0:
                return 0.0  # it was overtaken
        else:
            ahead, gap_s = 0, 0.0
        unsent_s = 0.0
        if ahead == 1 and gap_s >= GAP_S:
            step_s = ((packet.timestamp - (last or packet).timestamp) & 0xFFFFFFFF) / RTP_CLOCK_RATE
            clock_went_on = gap_s / 2 <= step_s <= 2 * gap_s
            if self.sends_silence and (clock_went_on or gap_s >= LONGEST_STALL_S):
                unsent_s = gap_s
            self._gaps += clock_went_on
        if last is None or speech or gap_s > CONTINUOUS_S:
            self._quiet_since_s = now_s
        if speech:
            self._speech_s = now_s
        elif now_s - self._quiet_since_s >= QUIET_SENT_S:
            self._quiet_sent = True
        self._last, self._last_s = packet, now_s
        return unsent_s

    def forget(self) -> None:
        """Muted or paused, or not any more: what was not sent until now tells nothing."""
        self._last = None

    @property
    def sends_silence(self) -> bool:
        """It is known to: where nothing comes, the microphone is dead, or the line."""
        return self._quiet_sent and self._gaps < GAPS

    @property
    def may_be_silent(self) -> bool:
        """That nothing comes may be silence, by all that is known of the sender."""
        if self.sends_silence:
            return False
        if self._gaps > 0:
            return True
        return self._last is not None and self._last_s - self._speech_s >= BROKEN_OFF_S
