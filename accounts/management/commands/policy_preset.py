"""`manage.py policy_preset NAME`: go a step of the roll-out of Spaces again. It says first what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from accounts.policies.effects import effect_of
from accounts.policies.eligibility import terms_of
from accounts.policies.rules import Purpose
from accounts.policies.words import effect_lines
from accounts.services.presets import PRESETS, TEST_FLAG, apply_preset, preset_terms

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Set who may host to one of: " + "; ".join(f"{preset.name}: {preset.label}" for preset in PRESETS)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=[preset.name for preset in PRESETS])
        parser.add_argument("--flag", default=TEST_FLAG, help=f"whose people test (default: {TEST_FLAG})")
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")

    def handle(self, *args: Any, **options: Any) -> None:
        name, flag = options["name"], options["flag"]
        effect = effect_of(terms_of(Purpose.HOST), preset_terms(name, flag=flag))
        for line in effect_lines(effect):
            self.stdout.write(line)
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
            return
        changed = apply_preset(name, by=None, flag=flag)
        self.stdout.write(f"Hosting is now: {name}." if changed else f"Hosting was {name} already.")
