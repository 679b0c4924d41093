"""Every reason for which this room drops a datagram, or an error of ours costs one: the label
`reason` of `datagrams_dropped_total`. A test holds the table to what is counted."""

from __future__ import annotations

REASONS: dict[str, str] = {
    # belongs to no call
    "empty": "no byte in it",
    "too_long": "longer than any packet of a client",
    "unknown_kind": "neither STUN, DTLS nor SRTP (RFC 7983 §7)",
    "off_path": "from an address that no check has come from",
    "media_off_path": "media from such an address, of no call or not authentic",
    "dtls_off_path": "DTLS from such an address",
    "too_many_addresses": "a check from one address more than a client may have",
    "send_failed": "to a client, and the kernel would not send it",
    "socket_full": "came and found the socket full",
    # connectivity checks (RFC 8445, RFC 8489)
    "stun_malformed": "STUN that aioice cannot read",
    "stun_forged": "not by somebody who knows the password",
    "stun_unknown_ufrag": "for no call",
    "stun_not_a_request": "another message than a check, or an answer to no question",
    "stun_address_taken": "from an address that is another call's",
    "stun_no_integrity": "unsigned",
    "stun_no_username": "for nobody",
    "stun_no_fingerprint": "without a fingerprint",
    "stun_bad_username": "a username of another form",
    "stun_bad_integrity_length": "a signature of another length",
    "stun_bad_length": "a length that is not its own",
    "stun_bad_cookie": "no STUN of RFC 5389 or later",
    "stun_bad_attribute": "an attribute that is cut off or has another length",
    "stun_bad_fingerprint": "a fingerprint that is wrong",
    "stun_too_many_attributes": "more attributes than any client sends",
    # a call's
    "dtls_forged": "DTLS that no client sends",
    "dtls_overflow": "more DTLS than the call may have, or than it reads",
    "sctp_malformed": "a packet of the data channel that cannot be read",
    "media_early": "media before the handshake has ended",
    "media_rate": "more media than the call may have",
    "srtp_rejected": "media that is not authentic",
    "srtp_replayed": "media that was there before",
    "rtp_malformed": "authentic, and no RTP",
    "rtp_payload_type": "authentic, and not the codec of the answer",
    "over_budget": "of a call that is being closed for taking too much",
    "budget_cpu": "the call is closed: its packets take too much computing",
    "budget_datagrams": "the call is closed: too many packets",
    "budget_bytes": "the call is closed: too many bytes",
    "no_proven_path": "to a client of which no address is known to be its own",
    "speech_too_long": "a packet of speech longer than a datagram",
    # errors of ours
    "error_datagram": "handling it failed",
    "error_sweep": "looking after a call failed",
    "error_playout": "a packet of speech failed",
}
SINK_ERROR = "sink_error_"
"""Begins the reason for what a session's callback raised; the callback's name follows."""
