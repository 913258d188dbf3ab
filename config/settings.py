"""Every setting of the project, read from the environment, with defaults that run on a laptop.

`CAUSERIE_ENV` is `embedded` (the default: SQLite, local Redis, demo data), `test` or `production`. Production has no
defaults for what must be a secret or an address: a missing one stops the start with its name.
"""

from __future__ import annotations

import contextlib
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


def _embedded_secret() -> str:
    """Return this machine's own key, made at the first start: a key in the source would be everybody's."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
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
    "config",
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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PersonLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.problems.DomainErrorMiddleware",
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
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": DATABASE_POOL_THREADS + WAITING_POOL_THREADS + 8, "timeout": 20}
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
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
# "mandatory" is also what lets sign-up hide whether an address has an account; a laptop has no mail to click in.
ACCOUNT_EMAIL_VERIFICATION: str = env.str(
    "ACCOUNT_EMAIL_VERIFICATION", default="mandatory" if PRODUCTION else "optional"
)
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Called with (person) inside the transaction that changed how somebody is shown; higher apps list themselves here.
PERSON_CHANGED_HANDLERS = ["rooms.services.people.person_changed"]
# Called with (who looks, person); returns the live rooms that the person's page lists.
PROFILE_ROOMS = "rooms.selectors.hosted_live_rooms"
# Called with the same; returns the replays that it lists.
PROFILE_REPLAYS = "rooms.replays.hosted_replays"
# Called with (follower, followed) inside the transaction in which somebody began to follow somebody.
PERSON_FOLLOWED_HANDLERS: list[str] = []
# Called with (blocker, blocked, whether they are blocked now) after commit, whenever a block was made or undone; must
# not raise.
BLOCK_HANDLERS = ["rooms.services.blocks.block_changed", "media.services.hearing.block_changed"]
# How many people one may follow, and how many within an hour.
FOLLOWED_LIMIT: int = env.int("FOLLOWED_LIMIT", default=5_000)
FOLLOWS_PER_HOUR: int = env.int("FOLLOWS_PER_HOUR", default=200)
# How many people one may block, and how many mute.
HIDDEN_LIMIT: int = env.int("HIDDEN_LIMIT", default=5_000)
# Proxies of ours between a visitor and us: the visitor's address, which limits count by, is so far from the right of
# X-Forwarded-For. Too many, and visitors choose their own address.
TRUSTED_PROXY_COUNT: int = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"

vars().update(environ.Env.email_url_config(_required("EMAIL_URL", "consolemail://")))
DEFAULT_FROM_EMAIL: str = _required("DEFAULT_FROM_EMAIL", "Causerie <no-reply@localhost>")

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
    "sweep-recordings": {"task": "media.tasks.sweep_recordings", "schedule": 5.0, "options": {"expires": 5}},
    "drain-receipts": {"task": "media.tasks.drain_receipts", "schedule": 5.0, "options": {"expires": 5}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- the API ---------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["config.lib.throttles.GuestThrottle", "config.lib.throttles.PersonThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("API_ANON_RATE", default="120/min"),
        "user": env.str("API_USER_RATE", default="600/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.api_exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Causerie API",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
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
        "form-action": [SELF],
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
