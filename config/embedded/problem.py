"""The one error of the launcher: something about this machine that a person can put right."""

from __future__ import annotations


class StartError(Exception):
    """Its text is one sentence that says what to do; the launcher shows it and ends with 1."""
