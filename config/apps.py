"""Registers the project itself: its templates' tags, its commands, its Celery application."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Make our Celery application the one that `shared_task` uses, also in web processes."""
        from config import celery  # noqa: F401 (it reads the settings, which must be ready)
