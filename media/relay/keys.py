"""What the relays and the web processes call things in Redis. Both sides take the names from here."""

from __future__ import annotations

# A relay says that it lives this often; without a word for RELAY_DEAD_AFTER it counts as dead.
HEARTBEAT_SECONDS = 0.5
RELAY_DEAD_AFTER = 1.5
# What is left of a relay that will not come back: its name in the index, its unread commands, its unread replies.
INDEX_SECONDS = 60
COMMANDS_SECONDS = 30
REPLY_SECONDS = 10
# Events wait here for web processes that were away; 20,000 are the joins and leaves of some minutes of a full relay.
EVENTS_KEPT = 20_000
# Receipts that wait for the job which reads them: half an hour of a thousand listeners.
RECEIPTS_KEPT = 400_000


class Keys:
    """The keys of one installation, each beginning with its prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}:relay"
        # Sorted set: incarnation -> when it last announced itself (Unix seconds).
        self.index = f"{self._prefix}:index"
        # Stream: one field, `event`, an EventEnvelope.
        self.events = f"{self._prefix}:events"
        # Channel (Pub/Sub): Voices. What is lost is said anew a tenth of a second later.
        self.voices = f"{self._prefix}:voices"
        # Stream: one field, `receipt`, a Receipt, `talk`, a TalkReceipt, or `interval`, an IntervalReceipt.
        self.receipts = f"{self._prefix}:receipts"

    def heartbeat(self, incarnation: str) -> str:
        """Return the key of a Heartbeat, which expires after RELAY_DEAD_AFTER."""
        return f"{self._prefix}:heartbeat:{incarnation}"

    def commands(self, incarnation: str) -> str:
        """Return the list that this life of a relay reads its commands from; a restarted relay reads another."""
        return f"{self._prefix}:commands:{incarnation}"

    def reply(self, request_id: str) -> str:
        """Return the list that the reply to one command is pushed to."""
        return f"{self._prefix}:reply:{request_id}"

    def epoch(self, room: str, person: str) -> str:
        return f"{self._prefix}:epoch:{room}:{person}"
