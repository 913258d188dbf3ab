"""What a web process counts for Prometheus while it works; config.metrics gives it out with what it reads then.

What happens for each socket is a plain number: a labelled counter costs more than the write that it would count.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

JOIN_SECONDS = Histogram(
    "causerie_media_join_seconds",
    "From an offer until the relay's word that the session has connected reached us, by kind.",
    ["kind"],
    buckets=(0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0),
)
OFFERS = Counter(
    "causerie_media_offers", "Offers of sound, by kind and outcome (answered, or an error's code).", ["kind", "outcome"]
)
PUBLISHED = Counter("causerie_published", "Messages published to all web processes, by type.", ["type"])
PUBLISH_LOST = Counter("causerie_publish_lost", "Messages that Redis did not take.")
REQUEST_SECONDS = Histogram(
    "causerie_request_seconds",
    "Time to answer a request, by the view's name, method and class of status.",
    ["view", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


class Frames:
    """Frames written to sockets by this process since it began."""

    sent = 0
