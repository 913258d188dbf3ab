"""Who somebody is on this installation."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ListeningShown
from accounts.time_zones import NAME_MAX_LENGTH
from config.lib.languages import offered_languages
from config.lib.public_id import new_public_id

HANDLE_MIN_LENGTH = 3
HANDLE_MAX_LENGTH = 30
DISPLAY_NAME_MAX_LENGTH = 60
# Changed by F() alone: whoever saves a person that was read a while ago must not write the numbers of then.
_COUNTERS = frozenset({"follower_count", "following_count"})
BIO_MAX_LENGTH = 300
PRONOUNS_MAX_LENGTH = 30


class UserManager(BaseUserManager["User"]):
    """Makes people; allauth and `createsuperuser` come through here."""

    def create_user(self, handle: str, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(handle=handle, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, handle: str, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(handle, email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(handle__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. The outside knows them by `public_id` and `handle`, never by the row's number."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    handle = models.CharField(
        _("handle"),
        max_length=HANDLE_MAX_LENGTH,
        validators=[
            RegexValidator(
                rf"\A[a-zA-Z0-9_]{{{HANDLE_MIN_LENGTH},{HANDLE_MAX_LENGTH}}}\Z",
                _("A handle has 3 to 30 letters (a-z), digits or underscores."),
            )
        ],
        help_text=_("3 to 30 letters (a-z), digits or underscores. It is the address of your page."),
    )
    display_name = models.CharField(
        _("name"), max_length=DISPLAY_NAME_MAX_LENGTH, blank=True, help_text=_("The name that others see.")
    )
    email = models.EmailField(_("e-mail"))
    # Empty means: as the browser says.
    language = models.CharField(_("language"), max_length=8, blank=True, choices=offered_languages)
    # A name of IANA's. Empty means: as the browser says.
    time_zone = models.CharField(_("time zone"), max_length=NAME_MAX_LENGTH, blank=True)
    bio = models.CharField(_("about"), max_length=BIO_MAX_LENGTH, blank=True)
    pronouns = models.CharField(_("pronouns"), max_length=PRONOUNS_MAX_LENGTH, blank=True)
    # The random name of its files (accounts.pictures); empty: a drawing stands for them.
    picture = models.CharField(_("picture"), max_length=32, blank=True, editable=False)
    # Since when staff vouch that this is who the page says.
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True, editable=False)
    # Private unless they say otherwise.
    listening_shown = models.CharField(
        _("who sees what I listen to"), max_length=9, choices=ListeningShown.choices, default=ListeningShown.NOBODY
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    # Whoever was here once: their rows that others need stay, and name nobody.
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    # How many rows of Follow there are; only accounts.services.follow changes these, together with the rows.
    follower_count = models.PositiveIntegerField(_("followers"), default=0, editable=False)
    following_count = models.PositiveIntegerField(_("following"), default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            # UPPER is what `iexact` compares, so these serve the look-ups as well.
            models.UniqueConstraint(
                Upper("handle"),
                name="accounts_user_handle_unique_ci",
                violation_error_message=_("Somebody else has this handle. Choose another."),
            ),
            models.UniqueConstraint(
                Upper("email"),
                name="accounts_user_email_unique_ci",
                violation_error_message=_("There is an account with this e-mail address already."),
            ),
            models.CheckConstraint(
                condition=Q(listening_shown__in=ListeningShown.values), name="accounts_user_listening_shown_known"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(is_active=False, is_staff=False, display_name=""),
                name="accounts_user_erased_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name for the page: the display name, or the handle while there is none."""
        return str(_("Deleted account")) if self.erased_at else self.display_name or self.handle

    def save(self, **options: Any) -> None:
        """Save without the counters, unless they are named; allauth and the admin save all they know."""
        if not self._state.adding and options.get("update_fields") is None:
            known = {field.attname for field in self._meta.concrete_fields if not field.primary_key}
            options["update_fields"] = known - self.get_deferred_fields() - _COUNTERS
        super().save(**options)

    def get_absolute_url(self) -> str:
        return reverse("accounts:profile", args=[self.handle])

    def get_short_name(self) -> str:
        return self.shown_name
