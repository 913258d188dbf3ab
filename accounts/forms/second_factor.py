"""allauth's forms of the second factor, in our words."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.account import InOurWords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_stubs_ext import StrOrPromise

# As long as a name of somebody: it stands in the same lists.
KEY_NAME_MAX_LENGTH = 60
# allauth's name for what does not fit.
NOT_RIGHT = "incorrect_code"
KEY_NAME: dict[str, StrOrPromise] = {"name": _("Name of this passkey")}


class _WithCode(InOurWords):
    """A field for digits: telephones show them, and offer what the app or a message holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}


class AuthenticateForm(_WithCode, base.AuthenticateForm):
    """allauth's form."""

    labels = {"code": _("Code of your app, or a recovery code")}


class ReauthenticateForm(_WithCode, base.ReauthenticateForm):
    """allauth's form."""

    labels = {"code": _("Code of your app, or a recovery code")}


class ActivateTOTPForm(_WithCode, totp.ActivateTOTPForm):
    """allauth's form."""

    labels = {"code": _("The code that the app shows now")}


@contextmanager
def _refused() -> Iterator[None]:
    """Refuse what is no passkey's answer at all: fido2 trips over it, and allauth knows only some ways to fall."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        raise get_adapter().validation_error(NOT_RIGHT) from error


class _AnswerField(forms.JSONField):
    """What a passkey says, which comes from outside: JSON that Python does not read is no answer either."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            # A number of some thousand digits; a list in a list in a list.
            raise get_adapter().validation_error(NOT_RIGHT) from error


class _WithPasskey(forms.Form):
    """A passkey's answer."""

    credential = _AnswerField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        parent: Any = super()
        with _refused():
            return parent.clean_credential()


class AuthenticateWebAuthnForm(_WithPasskey, webauthn.AuthenticateWebAuthnForm):
    """allauth's form."""


class ReauthenticateWebAuthnForm(_WithPasskey, webauthn.ReauthenticateWebAuthnForm):
    """allauth's form."""


class LoginWebAuthnForm(_WithPasskey, webauthn.LoginWebAuthnForm):
    """allauth's form."""


class _WithName(InOurWords):
    """A field for what somebody calls a passkey."""

    labels: ClassVar[dict[str, StrOrPromise]] = KEY_NAME

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name: Any = self.fields["name"]
        name.max_length = KEY_NAME_MAX_LENGTH
        name.widget.attrs |= {"maxlength": str(KEY_NAME_MAX_LENGTH), "autocomplete": "off"}
        name.help_text = _("So that you know it again in your list.")

    def clean_name(self) -> str:
        # Cut, not refused: the device has kept its half of the key already.
        parent: Any = super()
        name: str = parent.clean_name() if hasattr(parent, "clean_name") else self.cleaned_data["name"]
        return name[:KEY_NAME_MAX_LENGTH]


class AddWebAuthnForm(_WithName, webauthn.AddWebAuthnForm):
    """allauth's form; a new passkey is one that needs no password beside it, unless somebody says otherwise."""

    labels = {**KEY_NAME, "passwordless": _("Log in with it alone, without the password")}
    credential = _AnswerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.help_text = _(
            "Your device then asks for your finger, your face or its PIN. Otherwise it comes after the password."
        )

    def clean(self) -> dict[str, Any] | None:
        with _refused():
            return super().clean()


class EditWebAuthnForm(_WithName, webauthn.EditWebAuthnForm):
    """allauth's form."""
