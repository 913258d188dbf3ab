"""What the creators' app may refuse, and how it says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import InvalidError


class FundFileError(InvalidError):
    """A file is no snapshot or allocation of the fund; the text says where, and what should stand there."""

    code = "bad_fund_file"
    message = _("This is no file of the fund.")
