"""`manage.py make_push_keys`: print a pair of keys for push notifications."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext_lazy as _

from accounts.notices.push_keys import new_private_key, public_key


class Command(BaseCommand):
    help = str(_("Print a fresh pair of keys for pushes; the private one belongs into the environment."))
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        private = new_private_key()
        self.stdout.write(f"VAPID_PRIVATE_KEY={private}")
        # Nobody needs to set this one: it follows from the other, and pages give it to browsers.
        self.stdout.write(f"# VAPID_PUBLIC_KEY={public_key(private)}")
