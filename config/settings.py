"""Every setting of the project, read from the environment, with defaults that run on a laptop.

`CAUSERIE_ENV` is `embedded` (the default: SQLite, local Redis, demo data), `test` or `production`. Production has no
defaults for what must be a secret or an address: a missing one stops the start with its name.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import urllib.parse
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from config.social import social_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ENVIRONMENT: str = env.str("CAUSERIE_ENV", default="embedded")
if ENVIRONMENT not in {"embedded", "test", "production"}:
    msg = f"CAUSERIE_ENV is {ENVIRONMENT!r}; it must be embedded, test or production."
    raise ImproperlyConfigured(msg)
PRODUCTION = ENVIRONMENT == "production"
DEBUG: bool = env.bool("DEBUG", default=False)
if PRODUCTION and DEBUG:
    msg = "DEBUG=1 in production would show visitors the source and the settings. Unset it."
    raise ImproperlyConfigured(msg)

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))


def _embedded_secret(name: str = "secret_key", length: int = 50) -> str:
    """Return this machine's own key, made at the first start: a key in the source would be everybody's."""
    path = VAR_DIR / name
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(length))
        # Two first starts at once: whichever links first decides for both.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_text()


def _required(name: str, embedded: str) -> str:
    value: str = env.str(name) if PRODUCTION else env.str(name, default=embedded)
    return value


SECRET_KEY: str = env.str("SECRET_KEY") if PRODUCTION else env.str("SECRET_KEY", default="") or _embedded_secret()
ALLOWED_HOSTS: list[str] = (
    env.list("ALLOWED_HOSTS") if PRODUCTION else env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- what the project is made of -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "config.apps.ProjectConfig",
    "accounts",
    "media",
    "rooms",
    "ticketing",
    "creators",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.apps.StaticFilesConfig",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.apple",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "waffle",
    "rest_framework",
    "drf_spectacular",
    "django_cotton",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.PageCompressionMiddleware",
    "config.logs.RequestLogMiddleware",
    "config.metrics.MetricsMiddleware",
    "accounts.serving.PicturesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PersonLocaleMiddleware",
    "accounts.middleware.SessionUseMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.problems.DomainErrorMiddleware",
    "config.nul.NulMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]
# Where `<c-name>` is looked up, below templates/.
COTTON_DIR = "components"
# A component sees what it is given, not whatever its page happens to call `name`.
COTTON_ISOLATE_BY_DEFAULT = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- where things are kept -------------------------------------------------------------------------------------------

DATABASE_URL = _required("DATABASE_URL", f"sqlite:///{VAR_DIR / 'causerie.sqlite3'}")
REDIS_URL = _required("REDIS_URL", "redis://127.0.0.1:6379/0")
# Every Redis key and channel of this installation begins with this, so that two may share a server.
REDIS_PREFIX: str = env.str("REDIS_PREFIX", default="causerie")

DATABASES: dict[str, dict[str, Any]] = {"default": environ.Env.db_url_config(DATABASE_URL)}
# Threads that run the sockets' database work; see config.lib.db.
DATABASE_POOL_THREADS: int = env.int("DATABASE_POOL_THREADS", default=16)
# Threads apart for what also waits for a relay.
WAITING_POOL_THREADS: int = env.int("WAITING_POOL_THREADS", default=8)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, where a busy database waits; a lock taken later fails at once instead.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # With recursive triggers also REPLACE cannot take away what triggers keep (the ledger).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": DATABASE_POOL_THREADS + WAITING_POOL_THREADS + 8, "timeout": 20},
        # The server plans a statement once and not each time: half of what a sale costs it (tests/benchmarks).
        "server_side_binding": True,
        "prepare_threshold": 3,
    }
    DATABASES["default"]["CONN_MAX_AGE"] = 0

CHANNEL_LAYER_PREFIX = f"{REDIS_PREFIX}:layer"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": CHANNEL_LAYER_PREFIX},
    },
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}:cache",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    },
}

STATIC_URL = "/static/"
# Hashed names need `collectstatic` first; without them, every change of a file shows at once.
STATIC_HASHED: bool = env.bool("STATIC_HASHED", default=PRODUCTION)
STATIC_ROOT = Path(
    env.str("STATIC_ROOT", default=str((BASE_DIR / "staticfiles") if PRODUCTION else VAR_DIR / "static"))
)
# Without it, browsers are told to forget the worker that they have. It keeps files for ever, so they must be hashed.
SERVICE_WORKER: bool = env.bool("SERVICE_WORKER", default=True) and STATIC_HASHED
# A worker that only takes pushes in keeps nothing, so files may change under it.
PUSH_WORKER: bool = env.bool("SERVICE_WORKER", default=True)
MEDIA_URL = "/uploads/"
MEDIA_ROOT = VAR_DIR / "uploads"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_HASHED
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.static_storage.ModuleManifestStorage"
        if STATIC_HASHED
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# --- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if ENVIRONMENT == "test":
    # Hashing is slow on purpose; nobody attacks the tests.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "rooms:hallway"
LOGOUT_REDIRECT_URL = "rooms:hallway"
ACCOUNT_ADAPTER = "accounts.adapters.account.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.account.SignupForm",
    "login": "accounts.forms.account.LoginForm",
    "add_email": "accounts.forms.account.AddEmailForm",
    "change_password": "accounts.forms.account.ChangePasswordForm",
    "set_password": "accounts.forms.account.SetPasswordForm",
    "reset_password": "accounts.forms.account.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.account.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.account.ReauthenticateForm",
}
# "mandatory" is also what lets sign-up hide whether an address has an account; a laptop has no mail to click in.
ACCOUNT_EMAIL_VERIFICATION: str = env.str(
    "ACCOUNT_EMAIL_VERIFICATION", default="mandatory" if PRODUCTION else "optional"
)
MFA_ADAPTER = "accounts.adapters.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Clocks of telephones go wrong by some seconds: the code before and the one after count too.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.forms.second_factor.AuthenticateForm",
    "reauthenticate": "accounts.forms.second_factor.ReauthenticateForm",
    "activate_totp": "accounts.forms.second_factor.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.second_factor.AddWebAuthnForm",
    "edit_webauthn": "accounts.forms.second_factor.EditWebAuthnForm",
    "authenticate_webauthn": "accounts.forms.second_factor.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "accounts.forms.second_factor.ReauthenticateWebAuthnForm",
    "login_webauthn": "accounts.forms.second_factor.LoginWebAuthnForm",
}
# Only those whose keys are set; see config.social.
SOCIALACCOUNT_PROVIDERS, SOCIAL_ORIGINS = social_settings(os.environ)
SOCIALACCOUNT_ADAPTER = "accounts.adapters.social.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.social.SocialSignupForm"}
# Everybody chooses their handle.
SOCIALACCOUNT_AUTO_SIGNUP = False
# So long a handle that was given up leads to whoever had it, and is nobody else's.
HANDLE_KEPT_DAYS: int = env.int("HANDLE_KEPT_DAYS", default=90)
# So many changes of a handle in so many days.
HANDLE_CHANGES: int = env.int("HANDLE_CHANGES", default=3)
HANDLE_CHANGES_DAYS: int = env.int("HANDLE_CHANGES_DAYS", default=30)
# So often at most is it written down that a session is used.
SESSION_SEEN_SECONDS = 300
# Wrong passwords: of one account from wherever they come, and from one address. The others are allauth's own.
ACCOUNT_RATE_LIMITS = {
    "login_failed": env.str("LOGIN_FAILED_RATES", default="10/m/ip,5/15m/key"),
    "waiting": "20/m/ip",
}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Called with (person, accounts.enums.Feature) after staff have closed that for somebody: it ends what they do of it.
FEATURE_CLOSED_HANDLERS = ["rooms.services.restrictions.feature_closed"]
# Called with (person) inside the transaction that changed how somebody is shown; higher apps list themselves here.
PERSON_CHANGED_HANDLERS = ["rooms.services.people.person_changed"]
# Called with (who looks, person); returns the live rooms that the person's page lists.
PROFILE_ROOMS = "rooms.selectors.hosted_live_rooms"
# Called with whoever looks and the person, only if the person lets them know; returns the rooms they listen to.
PROFILE_LISTENING = "rooms.selectors.rooms_heard_by"
# Called with the same; returns the rooms to come that it lists.
PROFILE_UPCOMING = "rooms.upcoming.hosted_upcoming"
# Called with the same; returns the replays that it lists.
PROFILE_REPLAYS = "rooms.replays.hosted_replays"
# Called after commit with (digest, None) when that session has ended, and with ("", person) when any of theirs may
# have, as after a new password: whoever holds one open looks again.
SESSION_ENDED_HANDLERS = ["rooms.services.sessions.session_ended"]
# Called with (person) after the account was closed, and again if that failed: they are to be in no room from then on.
ACCOUNT_CLOSED_HANDLERS = ["rooms.services.erasing.account_closed"]
# Called with (person) when the time to come back is over; each removes what its app keeps, and may be called again.
DATA_ERASERS = [
    "rooms.services.erasing.erase_from_rooms",
    "media.services.erasing.erase_sound",
    "ticketing.services.erasing.erase_from_orders",
    "creators.privacy.erase_from_payees",
    "creators.services.exclusions.erase_from_exclusions",
    "creators.services.fund_erasing.erase_from_fund",
    "creators.services.erasing.erase_from_earnings",
    "creators.services.erasing_tips.erase_from_tips",
]
# Called with (person); each yields the accounts.exports.ExportPart of its app.
DATA_EXPORTERS = [
    "accounts.exports.account_parts",
    "rooms.privacy.room_parts",
    "media.privacy.sound_parts",
    "ticketing.privacy.ticket_parts",
    "creators.privacy.payee_parts",
    "creators.exclusion_privacy.exclusion_parts",
    "creators.fund_privacy.fund_parts",
    "creators.tip_export.tip_parts",
]
# Called with (now) once a day; each removes what has been kept for long enough.
RETENTION_HANDLERS = [
    "rooms.privacy.forget_old",
    "media.privacy.expire_sessions",
    "media.privacy.expire_intervals",
    "accounts.services.idempotency.forget_answers",
    "ticketing.services.stripe_events.forget_old",
]
# What people agree to when they make an account, if this site has such a page; asked again when TERMS_WORDS, its
# version, changes.
TERMS_URL: str = env.str("TERMS_URL", default="")
TERMS_WORDS: str = env.str("TERMS_WORDS", default="1")
if not 1 <= len(TERMS_WORDS) <= 16:
    msg = "TERMS_WORDS is the version of your terms, in 1 to 16 characters: a date, for instance."
    raise ImproperlyConfigured(msg)
# Where this site says what it does with data; docs/data-protection.md is a template.
PRIVACY_NOTICE_URL: str = env.str("PRIVACY_NOTICE_URL", default="")
ACCOUNT_RETURN_DAYS: int = env.int("ACCOUNT_RETURN_DAYS", default=14)
# Copies of people's data: one folder for jobs, which write there, and web, which hands them out.
EXPORTS_DIR = Path(env.str("EXPORTS_DIR", default=str(VAR_DIR / "exports")))
DATA_EXPORT_DAYS: int = env.int("DATA_EXPORT_DAYS", default=7)
DATA_EXPORTS_PER_DAY: int = env.int("DATA_EXPORTS_PER_DAY", default=3)
# What was told in a room after it ended, who was there, and by which connection.
ROOM_EVENT_DAYS: int = env.int("ROOM_EVENT_DAYS", default=30)
ROOM_REPORT_DAYS: int = env.int("ROOM_REPORT_DAYS", default=365)
ATTENDANCE_DAYS: int = env.int("ATTENDANCE_DAYS", default=365)
# What hosts see of their rooms: numbers that name nobody.
ROOM_STATS_DAYS: int = env.int("ROOM_STATS_DAYS", default=730)
MEDIA_SESSION_DAYS: int = env.int("MEDIA_SESSION_DAYS", default=90)
# What of listening counts towards a creator's share (creators.minutes): a longer break begins a new minute, and is seen
# from 15 s on; younger accounts do not count; nor does what exceeds so many hours of somebody's day.
LISTENING_GAP_SECONDS: int = env.int("LISTENING_GAP_SECONDS", default=15)
if not 15 <= LISTENING_GAP_SECONDS <= 60:
    msg = "LISTENING_GAP_SECONDS is 15 to 60: relays do not say of a shorter break that there was one."
    raise ImproperlyConfigured(msg)
LISTENING_ACCOUNT_DAYS: int = env.int("LISTENING_ACCOUNT_DAYS", default=7)
LISTENING_DAY_HOURS: int = env.int("LISTENING_DAY_HOURS", default=8)
# When who heard what: longer than a period of a fund, its review and the time for appeals together.
LISTENING_INTERVAL_DAYS: int = env.int("LISTENING_INTERVAL_DAYS", default=120)
# Called with (follower, followed) inside the transaction in which somebody began to follow somebody.
PERSON_FOLLOWED_HANDLERS = ["accounts.services.notifying.told_of_follower"]
# Called with (blocker, blocked, whether they are blocked now) after commit, whenever a block was made or undone; must
# not raise.
BLOCK_HANDLERS = ["rooms.services.blocks.block_changed", "media.services.hearing.block_changed"]
# How many people one may follow, and how many within an hour.
FOLLOWED_LIMIT: int = env.int("FOLLOWED_LIMIT", default=5_000)
FOLLOWS_PER_HOUR: int = env.int("FOLLOWS_PER_HOUR", default=200)
# How many people one may block, and how many mute.
HIDDEN_LIMIT: int = env.int("HIDDEN_LIMIT", default=5_000)
# Flags below the policies of who may do what; ours are settled by the account, not by dice for each browser.
WAFFLE_FLAG_MODEL = "accounts.Flag"
# Waffle's own would also make the table of flags that ours replace, which nobody empties.
MIGRATION_MODULES = {"waffle": "config.waffle.migrations"}
# Theirs would show a second, unused list of flags.
WAFFLE_ENABLE_ADMIN_PAGES = False
# Lists of accounts.notices.kinds.Kind; higher apps add their own.
NOTIFICATION_KINDS = [
    "accounts.notices.kinds.KINDS",
    "rooms.notification_kinds.KINDS",
    "ticketing.guest_notices.KINDS",
    "ticketing.notification_kinds.KINDS",
    "creators.notification_kinds.KINDS",
    "creators.tip_notices.KINDS",
    "creators.fund_notices.KINDS",
]
# After so long a notification is forgotten.
NOTIFICATION_DAYS: int = env.int("NOTIFICATION_DAYS", default=90)
# Signs what push services are sent (RFC 8292): 32 bytes in base64url. `manage.py make_push_keys` makes one; without it,
# production has no push.
VAPID_PRIVATE_KEY: str = env.str("VAPID_PRIVATE_KEY", default="") or (
    "" if PRODUCTION else _embedded_secret("vapid_key", 32)
)
# Whom a push service may write to: `mailto:` or `https:`. Empty means the sender of our mail.
PUSH_CONTACT: str = env.str("PUSH_CONTACT", default="")
# Lets pushes go to addresses on this machine or network, also without TLS: for tests.
PUSH_PRIVATE_ENDPOINTS: bool = env.bool("PUSH_PRIVATE_ENDPOINTS", default=False)
if PRODUCTION and PUSH_PRIVATE_ENDPOINTS:
    msg = "PUSH_PRIVATE_ENDPOINTS=1 would let visitors send requests into your network. Unset it."
    raise ImproperlyConfigured(msg)
# Proxies of ours between a visitor and us: the visitor's address, which limits count by, is so far from the right of
# X-Forwarded-For. Too many, and visitors choose their own address.
TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"

vars().update(environ.Env.email_url_config(_required("EMAIL_URL", "consolemail://")))
DEFAULT_FROM_EMAIL: str = _required("DEFAULT_FROM_EMAIL", "Causerie <no-reply@localhost>")

# Those who run the site: they are written to when books do not fit.
ADMINS: list[tuple[str, str]] = [("", address) for address in env.list("ADMINS", default=[])]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = "[Causerie] "

# A mail server that hangs must not keep a worker.
EMAIL_TIMEOUT = 10
# Where this site is, for letters and pushes: they are written where nobody has asked for a page.
SITE_URL: str = env.str(
    "SITE_URL",
    default=f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if PRODUCTION else f"http://127.0.0.1:{env.str('PORT', '8000')}",
).rstrip("/")

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
# English is the source. Any other language is there as soon as its catalogue is; Django has its name in all languages.
LANGUAGES = [
    (code, capfirst(_(LANG_INFO[code]["name"])))
    for code in ("en", *sorted(folder.parent.name for folder in LOCALE_PATHS[0].glob("*/LC_MESSAGES")))
]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- rooms: limits of product.md, each a setting ---------------------------------------------------------------------

ROOM_STAGE_LIMIT: int = env.int("ROOM_STAGE_LIMIT", default=13)
ROOM_COHOST_LIMIT: int = env.int("ROOM_COHOST_LIMIT", default=2)
ROOM_LIVE_PER_HOST_LIMIT: int = env.int("ROOM_LIVE_PER_HOST_LIMIT", default=1)
# How far ahead a room may be planned, and how many a host may have planned at a time.
ROOM_PLAN_DAYS: int = env.int("ROOM_PLAN_DAYS", default=30)
ROOM_PLANNED_PER_HOST_LIMIT: int = env.int("ROOM_PLANNED_PER_HOST_LIMIT", default=10)
# So long before a planned room begins those are reminded who asked for it; once more when it begins.
ROOM_REMINDER_MINUTES: int = env.int("ROOM_REMINDER_MINUTES", default=30)
# A planned room whose host has not begun it so long after its time is cancelled.
ROOM_NO_SHOW_MINUTES: int = env.int("ROOM_NO_SHOW_MINUTES", default=30)
# So many rooms of a series are planned ahead, as far as the limits allow.
ROOM_SERIES_AHEAD: int = env.int("ROOM_SERIES_AHEAD", default=3)
# How long a room takes in a calendar, as nobody knows it before.
ROOM_CALENDAR_MINUTES: int = env.int("ROOM_CALENDAR_MINUTES", default=60)
# For how long lowering all hands can be taken back.
ROOM_HANDS_UNDO_SECONDS: int = env.int("ROOM_HANDS_UNDO_SECONDS", default=30)
# A line that has been silent for so long is away, and then closed.
ROOM_AWAY_SECONDS: float = env.float("ROOM_AWAY_SECONDS", default=6.0)
ROOM_GONE_SECONDS: float = env.float("ROOM_GONE_SECONDS", default=12.0)
# How long a hand and a place on the stage wait for somebody who is not connected, and a room for its host.
ROOM_ABSENCE_SECONDS: int = env.int("ROOM_ABSENCE_SECONDS", default=60)
ROOM_HOST_GRACE_SECONDS: int = env.int("ROOM_HOST_GRACE_SECONDS", default=60)
# Without a co-host who could take over, the room ends so long after that; and one that nobody is in, after this.
ROOM_CLOSING_SECONDS: int = env.int("ROOM_CLOSING_SECONDS", default=300)
ROOM_EMPTY_SECONDS: int = env.int("ROOM_EMPTY_SECONDS", default=300)
ROOM_PINGS_PER_HOUR: int = env.int("ROOM_PINGS_PER_HOUR", default=50)
# How often a replay's player may tell how far somebody has heard it.
ROOM_REPLAY_REPORTS_PER_HOUR: int = env.int("ROOM_REPLAY_REPORTS_PER_HOUR", default=300)
ROOM_REPORTS_PER_HOUR: int = env.int("ROOM_REPORTS_PER_HOUR", default=10)
# How many messages one room takes in a second; so long after its end they are kept.
ROOM_CHAT_PER_SECOND: int = env.int("ROOM_CHAT_PER_SECOND", default=10)
ROOM_CHAT_DAYS: int = env.int("ROOM_CHAT_DAYS", default=30)
# How many words a host may refuse, and how much hangs on one board.
ROOM_WORDS_LIMIT: int = env.int("ROOM_WORDS_LIMIT", default=200)
ROOM_BOARD_LIMIT: int = env.int("ROOM_BOARD_LIMIT", default=20)
# Lets links on boards be read from addresses on this machine or network: for tests.
LINK_PRIVATE_ADDRESSES: bool = env.bool("LINK_PRIVATE_ADDRESSES", default=False)
if PRODUCTION and LINK_PRIVATE_ADDRESSES:
    msg = "LINK_PRIVATE_ADDRESSES=1 would let hosts read pages of your network. Unset it."
    raise ImproperlyConfigured(msg)
# How often one may search in a minute (as one types, it is asked after each pause), and what a page of results shows.
ROOM_SEARCHES_PER_MINUTE: int = env.int("ROOM_SEARCHES_PER_MINUTE", default=60)
ROOM_SEARCH_RESULTS: int = env.int("ROOM_SEARCH_RESULTS", default=24)
ROOM_HELLO_SECONDS: float = env.float("ROOM_HELLO_SECONDS", default=10.0)

# --- media -----------------------------------------------------------------------------------------------------------

# Signs grants; at least 32 bytes. Empty means: derived from SECRET_KEY.
RELAY_SECRET: str = env.str("RELAY_SECRET", default="")
RELAY_PUBLIC_ADDRESSES: list[str] = env.list("RELAY_PUBLIC_ADDRESSES", default=["127.0.0.1"])
RELAY_UDP_PORT: int = env.int("RELAY_UDP_PORT", default=0)
# Where a relay answers Prometheus; without a port it does not.
RELAY_METRICS_HOST: str = env.str("RELAY_METRICS_HOST", default="127.0.0.1")
RELAY_METRICS_PORT: int = env.int("RELAY_METRICS_PORT", default=0)
# Called with (media sessions) after commit, once for each session that has ended by whatever cause; must not raise.
MEDIA_GONE_HANDLERS = ["rooms.services.sound.media_gone"]
# Called with (who is heard in which room: a relay's word, ten times a second) on a web process's event loop; must not
# wait. Empty: nobody listens.
VOICES_HANDLER = "rooms.hub.hub.hear_voices"
# One folder for relays, which write there, jobs, which make replays of it, and web, which serves them.
RECORDINGS_DIR = Path(env.str("RECORDINGS_DIR", default=str(VAR_DIR / "recordings")))
# Called with (room key, whether there is trouble) when relays begin or cease to fail at writing a recording down.
RECORDING_TROUBLE_HANDLERS = ["rooms.services.recording.trouble_changed"]
# Called with (room, rule) under the room's lock before somebody changes who may enter; who raises refuses that.
ROOM_ENTRY_CHECKS = ["ticketing.services.offers.entry_changes"]
# The page, by its name, on which a host says what a ticket costs; with the room's id.
ROOM_TICKETS_PAGE = "ticketing:host"
# Called with (room, number); returns so many of the last tips that the room was told of, as rooms.state.TipEntry. And
# with (change of the room, id), inside it, to take a tip's words away. Empty: there are no tips.
ROOM_TIPS: str = "creators.selectors.tips_shown.tips_in"
ROOM_TIP_REMOVER: str = "creators.services.tips_shown.remove_words_within"
# Called with (person); each returns, as a Q of rooms, in which their name stands besides those that rooms know of.
ROOM_SHOWS_PERSON = ["creators.selectors.tips_shown.rooms_showing"]
# Called with (row numbers of people by that of the room they are in, the time) every few seconds while people are
# there; may be called twice.
ATTENDANCE_HANDLERS = ["ticketing.services.check_in.people_seen"]

# --- money -----------------------------------------------------------------------------------------------------------

# How long a seat is held for somebody who pays. Stripe's page is open for 31 minutes, and clocks differ.
TICKET_HOLD_MINUTES: int = env.int("TICKET_HOLD_MINUTES", default=35)
# How long a seat that became free is kept for the first who waits.
TICKET_OFFER_MINUTES: int = env.int("TICKET_OFFER_MINUTES", default=120)
# Called with (room), and with (room, its time before), inside the transaction that cancelled or moved a planned room.
ROOM_CANCELLED_HANDLERS = ["ticketing.services.calling_off.room_cancelled"]
ROOM_MOVED_HANDLERS = ["ticketing.services.calling_off.room_moved"]
# So few seats left are told to whoever looks; of more it is only said that there are some.
TICKET_FEW_SEATS: int = env.int("TICKET_FEW_SEATS", default=5)
# For so long an order's page looks for a payment by itself; then it says what to do.
TICKET_CONFIRM_SECONDS: int = env.int("TICKET_CONFIRM_SECONDS", default=60)
# Called with (who looks, room); returns what the room's page shows of its tickets, a template's name in `template`, or
# None. And with rooms' row numbers; returns the price of those that sell tickets. Empty: no tickets are sold.
ROOM_OFFER: str = "ticketing.selectors.panel.offer_panel"
ROOM_PRICES: str = "ticketing.selectors.selling.prices_of"
# Buyers may give their ticket back by themselves until so long before the room's time.
TICKET_REFUND_HOURS: int = env.int("TICKET_REFUND_HOURS", default=24)
# What may be sold: currencies as Stripe writes them, prices in their smallest unit, seats of a room.
TICKET_CURRENCIES: list[str] = env.list("TICKET_CURRENCIES", default=["eur"])
TICKET_MIN_AMOUNT: int = env.int("TICKET_MIN_AMOUNT", default=100)
TICKET_MAX_AMOUNT: int = env.int("TICKET_MAX_AMOUNT", default=99_900)
TICKET_MAX_SEATS: int = env.int("TICKET_MAX_SEATS", default=100_000)
TICKET_MAX_GUESTS: int = env.int("TICKET_MAX_GUESTS", default=500)
# Tips, by currency, in its smallest unit: what one may be, how much somebody may give in a day, what is suggested. They
# are given in the currency in which the recipient is paid, if it is among these, else in the first.
TIP_CURRENCIES: dict[str, Any] = env.json(
    "TIP_CURRENCIES",
    default={"eur": {"least": 100, "most": 50_000, "day": 100_000, "suggested": [200, 500, 1_000, 2_000]}},
)
# How many tips somebody may give in a day, how old an account must be for it, and how long a message may be, up to 500.
TIP_DAY_COUNT: int = env.int("TIP_DAY_COUNT", default=20)
TIP_ACCOUNT_DAYS: int = env.int("TIP_ACCOUNT_DAYS", default=0)
TIP_MESSAGE_LENGTH: int = env.int("TIP_MESSAGE_LENGTH", default=200)
# What the platform keeps of a tip, in hundredths of a percent: nothing, as long as nobody decides otherwise.
TIP_FEE_BASIS_POINTS: int = env.int("TIP_FEE_BASIS_POINTS", default=0)
# So long after it was paid a tip may be paid out; banks mostly ask within that time.
TIP_MARGIN_DAYS: int = env.int("TIP_MARGIN_DAYS", default=7)
# Tips of so many minutes are told to their recipient together.
TIP_TELL_MINUTES: int = env.int("TIP_TELL_MINUTES", default=10)
# Let Stripe work out the tax (needs Stripe Tax), instead of the table in ticketing/vat_rates.toml.
TICKET_AUTOMATIC_TAX: bool = env.bool("TICKET_AUTOMATIC_TAX", default=False)
# How long seats of a room that is live already are sold, unless its host says otherwise; it may end before.
TICKET_LIVE_HOURS: int = env.int("TICKET_LIVE_HOURS", default=24)
# Whose tax it is if a payment does not say where the buyer lives (ISO 3166).
TICKET_HOME_COUNTRY: str = env.str("TICKET_HOME_COUNTRY", default="FR")
# At which hour (UTC) the ledger is held against Stripe's balance, how much of what was read the last time is read
# again, and how new a line may be that nobody misses yet.
RECONCILE_HOUR: int = env.int("RECONCILE_HOUR", default=3)
RECONCILE_OVERLAP_HOURS: int = env.int("RECONCILE_OVERLAP_HOURS", default=48)
RECONCILE_MARGIN_MINUTES: int = env.int("RECONCILE_MARGIN_MINUTES", default=15)
# For so long sealing a day of the ledger waits for those who are writing, and those who come after it for its lock.
LEDGER_SEAL_WAIT_MS: int = env.int("LEDGER_SEAL_WAIT_MS", default=2_000)
# Called with whoever sells; returns how they are with being paid, a template's name in `template`. Empty: not told.
SELLER_PAID: str = "creators.selectors.payees.payee_status"
# Called by `check_ledger` with nothing; each yields what is wrong, in sentences: orders whose entries are incomplete.
LEDGER_CHECKS: list[str] = [
    "ticketing.order_checks.findings",
    "creators.ledger_checks.findings",
    "creators.tip_checks.findings",
]
# Called by `check_ledger` with the names of `held:` accounts that are not zero; each returns those that should be, as
# what they held for is settled.
LEDGER_SETTLED_HANDLERS: list[str] = [
    "ticketing.order_checks.settled_rooms",
    "creators.ledger_checks.settled_rooms",
    "creators.tip_checks.settled_tips",
]

# Called with (order, money without tax, key of the refund or dispute, undone=), inside the transaction that takes money
# from a room's account to give it back, or puts it there again: what was settled has to be there before.
MONEY_BACK_HANDLERS: list[str] = ["creators.services.clawbacks.money_back"]
# Called by `check_ledger` with orders; each returns {order: {key: (debit, credit, amount)}} beyond ticketing's own.
ORDER_ENTRIES_HANDLERS: list[str] = ["creators.ledger_checks.order_entries"]
# What else than orders is held against Stripe's balance: each a ticketing.reconciled.Reconciled.
RECONCILED: list[str] = ["creators.services.transfer_books.BOOKS", "creators.services.tip_books.TIPS"]
# So many days after it ended, what a room sold becomes its seller's.
TICKET_SETTLE_DAYS: int = env.int("TICKET_SETTLE_DAYS", default=7)

# --- paying creators -------------------------------------------------------------------------------------------------

# How often everybody is paid by the clock: weekly, monthly or never; from which hour (UTC) of the period's first day.
PAYOUT_CADENCE: str = env.str("PAYOUT_CADENCE", default="weekly")
if PAYOUT_CADENCE not in {"weekly", "monthly", "never"}:
    msg = f"PAYOUT_CADENCE is {PAYOUT_CADENCE!r}; it must be weekly, monthly or never."
    raise ImproperlyConfigured(msg)
PAYOUT_HOUR: int = env.int("PAYOUT_HOUR", default=6)
# Below that nothing is paid out, in the smallest unit: `eur=5000,jpy=8000`; 50 units of any other currency.
PAYOUT_MINIMUMS: dict[str, int] = {
    currency: int(minor) for currency, minor in env.dict("PAYOUT_MINIMUMS", default={}).items()
}

# --- the fund --------------------------------------------------------------------------------------------------------

# So long after its last day a period can be frozen: by then the last minutes and payments have been counted.
FUND_FREEZE_AFTER_HOURS: int = env.int("FUND_FREEZE_AFTER_HOURS", default=24)
# How long creators may appeal against what was published.
FUND_APPEAL_DAYS: int = env.int("FUND_APPEAL_DAYS", default=7)
# A room that was live for less does not count where a programme asks for rooms.
FUND_ROOM_MINUTES: int = env.int("FUND_ROOM_MINUTES", default=10)
# Called with (first day, last day), in UTC; yields creators.minutes.Verified with people by public id, each listener in
# one of them. Empty: minutes are not counted, and a programme that needs them cannot be opened.
FUND_LISTENING = "creators.selectors.listening.verified_parts"

# --- payments --------------------------------------------------------------------------------------------------------

# Stripe's key (sk_… or rk_…) and what it signs its events with (whsec_…); see docs/operations.md.
STRIPE_SECRET_KEY: str = env.str("STRIPE_SECRET_KEY", default="")
# devstripe, the stand-in whose payments are tests: money is never moved.
DEVSTRIPE: bool = env.bool("DEVSTRIPE", default=not PRODUCTION and not STRIPE_SECRET_KEY)
if DEVSTRIPE and (PRODUCTION or STRIPE_SECRET_KEY):
    msg = (
        "DEVSTRIPE=1 would let people in for test cards here. Unset it, or STRIPE_SECRET_KEY on a machine of your own."
    )
    raise ImproperlyConfigured(msg)
STRIPE_WEBHOOK_SECRET: str = env.str("STRIPE_WEBHOOK_SECRET", default="") or (
    _embedded_secret("devstripe_webhook") if DEVSTRIPE else ""
)
# The same for thin events, which tell of creators' accounts: they come from another destination.
STRIPE_WEBHOOK_SECRET_V2: str = env.str("STRIPE_WEBHOOK_SECRET_V2", default="") or (
    _embedded_secret("devstripe_webhook_v2") if DEVSTRIPE else ""
)
# How long Stripe may take to be reached and to answer, and how often a call is made again by itself. A buyer waits for
# all of it.
STRIPE_CONNECT_SECONDS: float = env.float("STRIPE_CONNECT_SECONDS", default=3.0)
STRIPE_ANSWER_SECONDS: float = env.float("STRIPE_ANSWER_SECONDS", default=10.0)
STRIPE_NETWORK_RETRIES: int = env.int("STRIPE_NETWORK_RETRIES", default=1)
# Where hosted Checkout is; another one if Stripe serves it under a name of yours.
STRIPE_CHECKOUT_ORIGIN: str = env.str("STRIPE_CHECKOUT_ORIGIN", default="https://checkout.stripe.com")
# Where creators tell Stripe who they are.
STRIPE_ONBOARDING_ORIGINS: list[str] = env.list(
    "STRIPE_ONBOARDING_ORIGINS", default=["https://connect.stripe.com", "https://accounts.stripe.com"]
)
# Where people may live who are paid (ISO 3166). Between these Stripe passes money on, and elsewhere only within one
# country (https://docs.stripe.com/connect/cross-border-payouts).
PAYEE_COUNTRIES: list[str] = env.str(
    "PAYEE_COUNTRIES",
    default="AT,BE,BG,HR,CY,CZ,DK,EE,FI,FR,DE,GR,HU,IE,IS,IT,LV,LI,LT,LU,MT,NL,NO,PL,PT,RO,SK,SI,ES,SE,GB,CH,US,CA",
).split(",")
# What buyers read on their card's statement, as it is set in Stripe's dashboard. Empty: receipts do not say.
STRIPE_STATEMENT_NAME: str = env.str("STRIPE_STATEMENT_NAME", default="CAUSERIE" if DEVSTRIPE else "")
# An event may be so large, and so old; what was done with it is kept for so long.
STRIPE_WEBHOOK_BYTES: int = env.int("STRIPE_WEBHOOK_BYTES", default=262_144)
STRIPE_WEBHOOK_SECONDS: int = env.int("STRIPE_WEBHOOK_SECONDS", default=300)
STRIPE_EVENT_DAYS: int = env.int("STRIPE_EVENT_DAYS", default=30)
# Called with (type, id of the object) in a job, at least once for each event of the type; who raises is called again.
STRIPE_EVENT_HANDLERS: dict[str, str] = {
    "v2.core.account.closed": "creators.services.payee_looks.account_changed",
    "v2.core.account[requirements].updated": "creators.services.payee_looks.account_changed",
    "v2.core.account[configuration.recipient].capability_status_updated": (
        "creators.services.payee_looks.account_changed"
    ),
    "transfer.created": "creators.services.transfers.transfer_changed",
    "transfer.updated": "creators.services.transfers.transfer_changed",
    "transfer.reversed": "creators.services.transfers.transfer_changed",
    "checkout.session.completed": "creators.services.payment_events.session_changed",
    "checkout.session.expired": "creators.services.payment_events.session_changed",
    "charge.updated": "creators.services.payment_events.charge_changed",
    "refund.created": "creators.services.payment_events.refund_changed",
    "refund.updated": "creators.services.payment_events.refund_changed",
    "refund.failed": "creators.services.payment_events.refund_changed",
    "charge.dispute.created": "creators.services.payment_events.dispute_changed",
    "charge.dispute.updated": "creators.services.payment_events.dispute_changed",
    "charge.dispute.funds_withdrawn": "creators.services.payment_events.dispute_changed",
    "charge.dispute.funds_reinstated": "creators.services.payment_events.dispute_changed",
    "charge.dispute.closed": "creators.services.payment_events.dispute_changed",
}
# What devstripe keeps of each payment: hundredths of a percent, and minor units. Stripe's in the EU, for its cards.
DEVSTRIPE_FEE_BASIS_POINTS: int = env.int("DEVSTRIPE_FEE_BASIS_POINTS", default=150)
DEVSTRIPE_FEE_FIXED: int = env.int("DEVSTRIPE_FEE_FIXED", default=25)
DEVSTRIPE_FILE = VAR_DIR / "devstripe.sqlite3"

# --- jobs ------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:celery:", "visibility_timeout": 6 * 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# An entry that could not run in time is not worth running late: the next one does the same.
CELERY_BEAT_SCHEDULE = {
    "sweep-media": {"task": "media.tasks.sweep_media", "schedule": 10.0, "options": {"expires": 10}},
    "keep-rooms": {"task": "rooms.tasks.keep_rooms", "schedule": 2.0, "options": {"expires": 2}},
    "count-audiences": {"task": "rooms.tasks.count_audiences", "schedule": 10.0, "options": {"expires": 10}},
    "settle-figures": {"task": "rooms.tasks.settle_figures", "schedule": 20.0, "options": {"expires": 20}},
    "end-unattended": {"task": "rooms.tasks.end_unattended", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-recordings": {"task": "media.tasks.sweep_recordings", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-privacy": {"task": "accounts.tasks.sweep_privacy", "schedule": 10.0, "options": {"expires": 10}},
    "read-links": {"task": "rooms.tasks.read_links", "schedule": 2.0, "options": {"expires": 2}},
    "tidy-up": {"task": "accounts.tasks.tidy_up", "schedule": 24 * 3600.0},
    "let-waves-in": {"task": "accounts.tasks.let_waves_in", "schedule": 5.0, "options": {"expires": 5}},
    "drain-receipts": {"task": "media.tasks.drain_receipts", "schedule": 5.0, "options": {"expires": 5}},
    "tell-everybody": {"task": "accounts.tasks.tell_everybody", "schedule": 3.0, "options": {"expires": 3}},
    "send-mail": {"task": "accounts.tasks.send_mail", "schedule": 5.0, "options": {"expires": 5}},
    "send-push": {"task": "accounts.tasks.send_push", "schedule": 3.0, "options": {"expires": 3}},
    "remind-of-rooms": {"task": "rooms.tasks.remind_of_rooms", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-plans": {"task": "rooms.tasks.sweep_plans", "schedule": 20.0, "options": {"expires": 20}},
    "reconcile": {"task": "ticketing.tasks.reconcile", "schedule": 600.0, "options": {"expires": 600}},
    "seal-ledger": {"task": "ticketing.tasks.seal_ledger", "schedule": 600.0, "options": {"expires": 600}},
    "forget-notifications": {"task": "accounts.tasks.forget_notifications", "schedule": 3600.0},
    "keep-sales": {"task": "ticketing.tasks.keep_sales", "schedule": 2.0, "options": {"expires": 2}},
    "look-at-payees": {"task": "creators.tasks.look_at_payees", "schedule": 60.0, "options": {"expires": 60}},
    "keep-fund": {"task": "creators.tasks.keep_fund", "schedule": 60.0, "options": {"expires": 60}},
    "settle-rooms": {"task": "creators.tasks.settle_rooms", "schedule": 60.0, "options": {"expires": 60}},
    "keep-payouts": {"task": "creators.tasks.keep_payouts", "schedule": 10.0, "options": {"expires": 10}},
    "handle-stripe-events": {"task": "ticketing.tasks.handle_due", "schedule": 5.0, "options": {"expires": 5}},
    "keep-tips": {"task": "creators.tasks.keep_tips", "schedule": 5.0, "options": {"expires": 5}},
}
if DEVSTRIPE:
    CELERY_BEAT_SCHEDULE["deliver-test-events"] = {
        "task": "ticketing.tasks.deliver_test_events",
        "schedule": 1.0,
        "options": {"expires": 1},
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- the API ---------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "accounts.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": [
        "config.lib.throttles.GuestThrottle",
        "config.lib.throttles.PersonThrottle",
        "config.lib.throttles.WriteThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("API_ANON_RATE", default="120/min"),
        "user": env.str("API_USER_RATE", default="600/min"),
        "write": env.str("API_WRITE_RATE", default="120/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.api_exception_handler",
}
# How long the answer to a call with an Idempotency-Key is kept.
API_IDEMPOTENCY_HOURS: int = env.int("API_IDEMPOTENCY_HOURS", default=24)
# Keys of the API: how many somebody may have, for how many days one is good at most, and how many wrong ones an address
# may show in a minute.
API_TOKENS_MOST: int = env.int("API_TOKENS_MOST", default=20)
API_TOKEN_DAYS_MOST: int = env.int("API_TOKEN_DAYS_MOST", default=365)
API_TOKEN_FAILURES_PER_MINUTE: int = env.int("API_TOKEN_FAILURES_PER_MINUTE", default=20)
SPECTACULAR_SETTINGS = {
    "TITLE": "Causerie API",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Two lists of one name: what a room may have, and what one may ask for.
    "ENUM_NAME_OVERRIDES": {
        "EntryRule": "rooms.enums.EntryRule",
        "OfferedEntryRule": "rooms.api.inputs.OFFERED_RULES",
        "Role": "rooms.api.serializers.ROLES",
        "RoomState": "rooms.enums.RoomState",
        "LinkState": "rooms.enums.LinkState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.describe_problems",
    ],
}

# --- what a browser is told ------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        # A form that leads to a provider, or to pay or be paid, is followed there.
        "form-action": [
            SELF,
            *SOCIAL_ORIGINS,
            *([STRIPE_CHECKOUT_ORIGIN, *STRIPE_ONBOARDING_ORIGINS] if STRIPE_SECRET_KEY else []),
        ],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "config.lib.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.problems.csrf_failure"
if PRODUCTION:
    # What Django's own check asks for, but at every start.
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"):
        msg = "SECRET_KEY is too easy to guess: it must have at least 50 random characters."
        raise ImproperlyConfigured(msg)
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if urllib.parse.urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
        msg = "REDIS_URL must begin with redis://, rediss:// or unix://."
        raise ImproperlyConfigured(msg)

# Whoever asks for /metrics must bear it; while it is empty, only this machine itself may ask.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

LOGGING_CONFIG = "config.logs.configure"
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT: str = env.str("LOG_FORMAT", default="json" if PRODUCTION else "console")
# Handed to LOGGING_CONFIG, which Django does not call with an empty one.
LOGGING: dict[str, Any] = {"level": LOG_LEVEL, "format": LOG_FORMAT}

# A handle is unique whatever its case, by a constraint on UPPER(handle), which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
