"""Static files under names that carry a hash of their content, compressed, for production."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Also renames what ES modules import from each other: otherwise a browser could mix files of two releases."""

    support_js_module_import_aggregation = True
    # A pass renames one level of imports; the room's modules have more than Django's five.
    max_post_process_passes = 12
