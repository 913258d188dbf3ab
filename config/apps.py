"""Registers the project itself: its templates' tags, its commands, its Celery application; and what is collected."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig
from django.db.backends.signals import connection_created


class ProjectConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Make our Celery application the one that `shared_task` uses, also in web processes."""
        from config import celery  # noqa: F401 (it reads the settings, which must be ready)
        from config.lib.folding import teach_sqlite

        connection_created.connect(teach_sqlite, dispatch_uid="folding")


class StaticFilesConfig(DjangoStaticFilesConfig):
    """Leaves the other htmx out: we use version 2, and an example in version 4 imports what is not there."""

    ignore_patterns = [*DjangoStaticFilesConfig.ignore_patterns, "htm*-4*.js", "django_htmx/ext/*"]
