"""How allauth's second factor meets us: its words, the names of passkeys, a picture that shows on dark paper."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

if TYPE_CHECKING:
    from accounts.models import User


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's adapter, in our words."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": gettext_lazy(
            "Switch the second factor off before you add an address, and on again afterwards."
        ),
        "cannot_delete_authenticator": gettext_lazy("The second factor cannot be switched off just now."),
        "cannot_generate_recovery_codes": gettext_lazy("Recovery codes need an app or a passkey first."),
        "incorrect_code": gettext_lazy("That did not fit. Codes change every half minute; take the newest."),
        "unverified_email": gettext_lazy("Confirm all your e-mail addresses first, or remove those you do not need."),
    }

    def build_totp_svg(self, url: str) -> str:
        """Draw the code on white: allauth's own has no ground, and no camera reads black on black."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue().decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's own
        """Return a name for a passkey that has got none."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}
