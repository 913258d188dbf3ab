"""Static files under names that carry a hash of their content, for production."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class ModuleManifestStorage(ManifestStaticFilesStorage):
    """Also renames what ES modules import from each other: otherwise a browser could mix files of two releases."""

    support_js_module_import_aggregation = True
