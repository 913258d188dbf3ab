"""`manage.py runrelay`: one relay, which moves the rooms' sound. Needs Redis; never touches the database."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand

from media.relay.worker import RelayConfig, serve
from media.relay_secret import relay_secret

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Run one relay until SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--name",
            default=_default_name(),
            help="The relay's name: the same after a restart, different from every other relay's. [%(default)s]",
        )
        parser.add_argument(
            "--session-limit",
            type=int,
            default=RelayConfig.session_limit,
            help="Media sessions that it takes at once. [%(default)s]",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        serve(
            RelayConfig(
                redis_url=settings.REDIS_URL,
                prefix=settings.REDIS_PREFIX,
                secret=relay_secret(),
                relay=options["name"],
                addresses=tuple(settings.RELAY_PUBLIC_ADDRESSES),
                udp_port=settings.RELAY_UDP_PORT,
                recordings=Path(settings.RECORDINGS_DIR),
                session_limit=options["session_limit"],
                metrics_host=settings.RELAY_METRICS_HOST,
                metrics_port=settings.RELAY_METRICS_PORT,
            )
        )


def _default_name() -> str:
    host = socket.gethostname().split(".")[0]
    return f"{host}:{settings.RELAY_UDP_PORT}" if settings.RELAY_UDP_PORT else host
