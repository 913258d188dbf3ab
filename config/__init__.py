"""Composition: settings, addresses, processes. Nothing below imports it, except `config.lib`."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
