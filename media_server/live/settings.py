"""What the live side needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.audio.types import GateName
from media_server.setting import check_ranges, setting


@dataclass(frozen=True, slots=True)
class LiveSettings:
    max_live: int = setting(
        50,
        """Places: candidates in a call, and those under way who may come back. One more gets 503
        and may try again.""",
        allowed=(1, 10_000),
    )
    max_demos: int = setting(
        10,
        """Of `max_live`, how many demo interviews may take together; they are open to
        everybody.""",
        allowed=(1, 10_000),
    )
    keep_place_s: float = setting(
        1800.0,
        """How long a place is kept at most for a candidate who is away while the interview waits:
        through its resume window or pause, if that is shorter.""",
        allowed=(0, 86_400),
    )
    lease_ttl_s: float = setting(
        10.0,
        """How long an interview belongs to this server after its last renewal. A server that dies
        leaves its interviews to another after this. More than `lease_doubt_s`.""",
        allowed=(1, 600),
    )
    lease_renew_s: float = setting(
        3.0,
        """How often this server renews that it owns an interview; each renewal is one write to the
        store. Less than `lease_doubt_s`.""",
        allowed=(0.1, 300),
    )
    lease_doubt_s: float = setting(
        7.0,
        """Without a renewal for this long nothing more is sent to the candidate, because another
        server may take over at `lease_ttl_s`.""",
        allowed=(0.1, 600),
    )
    idle_session_s: float = setting(
        60.0,
        """An interview at rest that no candidate is connected to leaves memory after this; it is
        read from its log when the candidate comes back.""",
        allowed=(1, 86_400),
    )
    sweep_s: float = setting(
        15.0,
        "How often interviews at rest are looked at for deadlines that have passed.",
        allowed=(1, 3600),
    )
    link_ttl_s: float = setting(
        7 * 86_400.0,
        "How long a join link is valid when the integrator names no `expires_at`.",
        allowed=(60, 315_360_000),
    )
    owed_finals_s: float = setting(
        120.0,
        "How long an ended interview waits for transcripts that are still owed.",
        allowed=(0, 3600),
    )
    record_pass_s: float = setting(
        1800.0,
        """An answer that has been given is decoded once more, in long stretches, when the
        recogniser has nothing else to do: it gets more words right so. How long after the end of
        an interview that is still tried, and its audio kept for it; 0: never. With engines that
        gain from it, such as faster-whisper.""",
        allowed=(0, 86_400),
    )
    evaluate_within_s: float = setting(
        21_600.0,
        """For an interview that is to be evaluated: for how long, from when its words are final, a
        language model that is away is asked again. Then the evaluation has failed, and the facts
        stand.""",
        allowed=(0, 604_800),
    )
    speech_gate: GateName = setting(
        "silero",
        """Who says which sound is the candidate's speech. silero: a small neural network under a
        level that follows the room; it hears soft words, and leaves keys, breath, knocks, music and
        people further away out. webrtc: webrtcvad and a fixed level, for comparison; it also serves
        where the network cannot be loaded, which the log and `doctor` then say.""",
    )
    end_of_turn_model: str = setting(
        "",
        """A model that hears whether more is to come, asked in every pause: `smart-turn`, which
        `media-server models pull smart-turn` gets, or a directory with it. What it says makes a
        pause longer, never shorter. Empty: silence, words and the talker's own pauses decide.""",
        example="smart-turn",
    )
    speech_ahead: bool = setting(
        True,
        """Whether the sound of what an interview is going to say is made when it is created, and
        not only when it is due.""",
    )
    retry_after_s: int = setting(
        10,
        """The shortest that `Retry-After` says when there is no room, or the server is about to
        stop: the page asks again after it. Whoever waits further back asks later, after 75 s at
        most.""",
        allowed=(1, 3600),
    )
    admit_by_load: bool = setting(
        True,
        """Whether newcomers wait while the machine has too much to do, by the limits below. Whoever
        has begun is never kept out for it.""",
    )
    admit_loop_lag_s: float = setting(
        0.05,
        """How late the event loop may come (99th percentile) for a newcomer to be let in; 0: it
        does not matter.""",
        allowed=(0, 10),
    )
    admit_cpu: float = setting(
        0.95,
        """Which share of the machine's CPU, or of the container's, may be in use, without processes
        that give way, as recognisers do (MEDIA_SERVER_STT_NICE); 0: it does not matter.""",
        allowed=(0, 1),
    )
    admit_memory_mb: int = setting(
        128,
        "How much memory must be left to the machine, or to the container; 0: it does not matter.",
        allowed=(0, 10_000_000),
    )
    admit_files: float = setting(
        0.9,
        "Which share of the file descriptors may be open; 0: it does not matter.",
        allowed=(0, 1),
    )
    admit_window_s: float = setting(
        10.0,
        """Over how long each of these is judged: by the middle of what it was, so that what is
        above its limit for less than half of this keeps nobody out.""",
        allowed=(0, 300),
    )

    def __post_init__(self) -> None:
        """Raises ValueError, naming the setting: an owner must have stopped before another may
        begin."""
        check_ranges(self)
        if not self.lease_renew_s < self.lease_doubt_s < self.lease_ttl_s:
            raise ValueError(
                "a lease is renewed before it is in doubt, and in doubt before it runs out: "
                f"{self.lease_renew_s:g} s < {self.lease_doubt_s:g} s < {self.lease_ttl_s:g} s"
            )
