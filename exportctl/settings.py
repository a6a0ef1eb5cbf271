"""One settings file, read from the environment; without any secret it describes local mode.

The variables are told in docs/operate.md. `manage.py` finds the stack that `make run` started
through `exportctl.local.environment()`; a variable that is given always wins.
"""

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import structlog
from csp.constants import NONCE, NONE, SELF
from environs import Env

from exportctl.local import environment

BASE_DIR = Path(__file__).resolve().parent.parent
for name, value in environment().items():
    os.environ.setdefault(name, value)

env = Env()
LOCAL = env.bool("EXPORTCTL_LOCAL", True)
VAR = Path(env.str("EXPORTCTL_VAR", str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "local-mode-only-secret-key-0123456789-abcdefghijklm" if LOCAL else None)
HOST = env.str("HOST", "127.0.0.1")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", ["*"] if LOCAL and HOST == "0.0.0.0" else ["localhost", "127.0.0.1", "[::1]"]
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
DEMO_ALLOWED = env.bool("EXPORTCTL_DEMO", LOCAL or DEBUG)
# how many people sign a determination that needs no license: 2, or 1 where the office says so
DETERMINATION_SIGNATURES = env.int("DETERMINATION_SIGNATURES", 2)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "django_filters",
    "django_structlog",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "exportctl",
    "entities",
    "licenses",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "exportctl.middleware.RefusedMiddleware",
]

ROOT_URLCONF = "exportctl.urls"
WSGI_APPLICATION = "exportctl.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "exportctl.shell.context",
            ],
            "builtins": ["exportctl.templatetags.ui"],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """A Django database entry from postgres://user:password@host:port/name; a host may be a socket folder."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host, _, port = parts.netloc.rpartition("@")[2].partition(":")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "exportctl",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c max_parallel_workers_per_gather=0", "connect_timeout": 5, **query},
        "TEST": {"TEMPLATE": "template0"},
    }


DATABASE_URL = env.str("DATABASE_URL", "postgres://exportctl@127.0.0.1:5432/exportctl")
if env.bool("EXPORTCTL_AS_OWNER", False):
    DATABASE_URL = env.str("MIGRATION_DATABASE_URL", DATABASE_URL)
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")


def broker(url: str) -> str:
    """Celery's spelling of a Redis address; a socket becomes redis+socket://PATH?virtual_host=N."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    return f"redis+socket://{parts.path}?virtual_host={parse_qs(parts.query).get('db', ['0'])[-1]}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("EXPORTCTL_PREFIX", "exportctl"),
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

# Tasks survive a killed worker and a flushed Redis: late acknowledgement, one in hand, short leases.
CELERY_BROKER_URL = broker(REDIS_URL)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.05, "interval_step": 0.05}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 40,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "global_keyprefix": env.str("EXPORTCTL_PREFIX", "exportctl") + ":",
}
CELERY_TASK_TIME_LIMIT = 600
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "exportctl.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    # a bell nobody heard expires with the next one: none pile up while the worker is away
    "pump": {"task": "exportctl.tasks.pump", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "sweep": {"task": "exportctl.tasks.sweep", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "sync_lists": {"task": "entities.tasks.sync_lists", "schedule": timedelta(hours=4)},
    "expire_judgments": {
        "task": "entities.tasks.expire_judgments",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "remind": {
        "task": "entities.tasks.remind",
        "schedule": timedelta(minutes=30),
        "options": {"expires": 1800},
    },
    "mail_notices": {
        "task": "exportctl.tasks.mail_notices",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "drop_old_batches": {"task": "entities.tasks.drop_old_batches", "schedule": timedelta(hours=12)},
    "chase": {
        "task": "licenses.tasks.chase",
        "schedule": timedelta(minutes=30),
        "options": {"expires": 1800},
    },
    "lapse": {"task": "licenses.tasks.lapse", "schedule": timedelta(minutes=10), "options": {"expires": 600}},
}

AUTH_USER_MODEL = "exportctl.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "exportctl.accounts.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "exportctl@localhost")
# How the product is reached, for links in e-mails: https://exportctl.example.org
SITE_URL = env.str("SITE_URL", "").rstrip("/")
# Whose name stands over the letters, and what else than the officer's name and address stands under "Contact".
LETTER_OFFICE = env.str("LETTER_OFFICE", "Export Licensing Office")
LETTER_CONTACT = env.str("LETTER_CONTACT", "")
SESSION_COOKIE_AGE = 60 * 60 * 9
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "exportctl_session"
CSRF_COOKIE_NAME = "exportctl_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("HTTPS", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/api/v1/docs"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_BACKEND = env.str("STATICFILES_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {...}} keeps documents elsewhere
    "documents": env.json("DOCUMENT_STORAGE", None)
    or {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(VAR / "documents"), "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": STATICFILES_BACKEND},
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = VAR / "media"
DOCUMENT_LIMIT = env.int("DOCUMENT_LIMIT_MB", 25) * 1024 * 1024
# A clamd that looks at each document: unix:///run/clamav/clamd.ctl or tcp://host:3310; without one nothing is scanned.
CLAMD = env.str("CLAMD", "")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "exportctl.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["exportctl.parsing.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "exportctl.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "exportctl.paging.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "PAGE_SIZE": 50,
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "exportctl.problems.ExceptionHandler",
    "EXCEPTION_FORMATTER_CLASS": "exportctl.problems.ExceptionFormatter",
    "ALLOWED_ERROR_STATUS_CODES": ["400", "401", "403", "404", "409", "412", "428"],
    "ERROR_SCHEMAS": {
        "400": "exportctl.problems.ProblemSerializer",
        "401": "exportctl.problems.ProblemSerializer",
        "403": "exportctl.problems.ProblemSerializer",
        "404": "exportctl.problems.ProblemSerializer",
        "409": "exportctl.problems.ProblemSerializer",
        "412": "exportctl.problems.ProblemSerializer",
        "428": "exportctl.problems.ProblemSerializer",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "exportctl",
    "DESCRIPTION": "Export-license tracking: parties, hits, applications, decisions, licenses, shipments.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PartyKind": "entities.models.PartyKind",
        "HitOutcome": "entities.models.HitOutcome",
        "ApplicationKind": "licenses.models.Kind",
        "DecisionOutcome": "licenses.models.Outcome",
        "YesNo": "licenses.models.YesNo",
        "ScreeningOutcome": "entities.outcomes.OUTCOME_CHOICES",
        "ScreeningRole": "entities.outcomes.ROLE_CHOICES",
    },
}

UNFOLD = {
    "SITE_TITLE": "exportctl",
    "SITE_HEADER": "exportctl",
    "SITE_SUBHEADER": "Reference data and operations",
    "SHOW_VIEW_ON_SITE": True,
    "SITE_URL": "/",
    "SITE_SYMBOL": "inventory_2",
    "COLORS": {  # the accent of the workbench
        "primary": {
            "50": "#f2f6fe",
            "100": "#e9effc",
            "200": "#cfdcf9",
            "300": "#94b6ff",
            "400": "#6c96f4",
            "500": "#3f6fdc",
            "600": "#1c4fc4",
            "700": "#1844a8",
            "800": "#153a8d",
            "900": "#132f70",
            "950": "#1b2540",
        },
    },
}

# Once lists are synced, an official list past its largest age blocks decisions instead of warning.
LIST_SYNC = env.bool("LIST_SYNC", False)
# Addresses to fetch each source from, tried in order: {"csl": ["https://...", "https://mirror/..."]}.
LIST_MIRRORS: dict[str, list[str]] = dict(env.json("LIST_MIRRORS", {}))
# Folder of raw list files kept under their version, and of the search indexes made of the lists in force.
LIST_FILES = Path(env.str("LIST_FILES", str(VAR / "lists")))
INDEX_FILES = Path(env.str("INDEX_FILES", str(VAR / "indexes")))

# Lists on which a second person agrees to a false positive in the review band too. The strong band and true
# matches always need two people; nothing turns that off.
SECOND_PERSON_LISTS: list[str] = env.list("SECOND_PERSON_LISTS", ["EL", "DPL", "SDN", "MEU"])
# The most hits one person may have assigned at a time.
HITS_AT_HAND = env.int("HITS_AT_HAND", 40)

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}
logging.captureWarnings(False)
DJANGO_STRUCTLOG_CELERY_ENABLED = False
