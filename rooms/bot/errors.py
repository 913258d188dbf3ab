"""The one error of a speaking bot: what keeps it from speaking, in a sentence for whoever started it."""

from __future__ import annotations


class BotError(Exception):
    """Its text is one sentence that says what to do; the command shows it and ends with 1."""
