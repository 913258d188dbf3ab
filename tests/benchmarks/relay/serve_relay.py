"""Runs the relay as `manage.py runrelay` does, without Django. Arguments: Redis' address, a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from media.relay.worker import RelayConfig, serve
from tests.benchmarks.relay.servers import SERVER_CORE, pin
from tests.benchmarks.relay.signalling import PREFIX, SECRET

if __name__ == "__main__":
    pin(SERVER_CORE)
    serve(
        RelayConfig(
            redis_url=sys.argv[1],
            prefix=PREFIX,
            secret=SECRET,
            relay="relay-1",
            addresses=("127.0.0.1",),
            recordings=Path(sys.argv[2]),
        )
    )
