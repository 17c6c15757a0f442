"""Django settings. Everything an installation changes comes from the environment; docs/operations.md lists it."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from svyaz.project import paths, postgres

HOME = paths.home()


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _secret_key() -> str:
    given = os.environ.get("SVYAZ_SECRET_KEY")
    if given:
        return given
    kept = HOME / "secret.key"
    if not kept.exists():
        # Exclusive creation: of several processes starting at once, one writes and the others read.
        try:
            with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:
            pass
    return kept.read_text().strip()


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    options: dict[str, Any] = {name: value for name, value in query.items() if name != "host"}
    if _flag("SVYAZ_DATABASE_POOL"):
        # `timeout`: a restarted server is waited for, then a person is told. `reconnect_timeout`: without it the pauses
        # between attempts double for minutes, and the pool would notice the server's return that much later.
        options["pool"] = {"min_size": 2, "max_size": 20, "timeout": 4, "reconnect_timeout": 3}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "svyaz",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        # The pool keeps connections by itself; a process without it keeps its few for good.
        "CONN_MAX_AGE": 0 if "pool" in options else None,
        # Replaces connections that died with the server, so that an outage ends by itself; the pool does it too.
        "CONN_HEALTH_CHECKS": True,
    }


DEBUG = _flag("SVYAZ_DEBUG")
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("SVYAZ_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("SVYAZ_ORIGINS", "").split(",") if origin]
# Behind a TLS proxy that sets X-Forwarded-Proto; cookies then travel over TLS only.
BEHIND_TLS = _flag("SVYAZ_BEHIND_TLS")
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "axes",
    "procrastinate.contrib.django",
    "svyaz.realtime",
    "svyaz.staff",
    "svyaz.crm",
    "svyaz.calls",
    "svyaz.project",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "svyaz.project.pages.BuildFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "svyaz.staff.middleware.PersonLanguage",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "svyaz.project.urls"
ASGI_APPLICATION = "svyaz.project.asgi.application"
APPEND_SLASH = False
DATABASES = {"default": _database(postgres.database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.Employee"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_CALLABLE = "svyaz.staff.auth.locked_out"

SESSION_COOKIE_NAME = "svyaz_session"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the panel may be docked in the workspace
SECURE_REFERRER_POLICY = "same-origin"
# The panel's window is opened by the workspace and talks to it.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
WEB_BUILD = paths.web_build()
MEDIA_ROOT = Path(os.environ.get("SVYAZ_FILES_DIR") or HOME / "files")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Owner-only: recordings are personal data.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- the exchange -----------------------------------------------------------------------------------------------------
# A file that describes the running demonstration exchange (written by `python -m exchange_lab run`), or nothing.
EXCHANGE_FILE = os.environ.get("SVYAZ_EXCHANGE_FILE") or None
EXCHANGE = {
    "host": os.environ.get("SVYAZ_AMI_HOST", "127.0.0.1"),
    "port": int(os.environ.get("SVYAZ_AMI_PORT", "5038")),
    "user": os.environ.get("SVYAZ_AMI_USER", ""),
    "secret": os.environ.get("SVYAZ_AMI_SECRET", ""),
    "sip_websocket": os.environ.get("SVYAZ_SIP_WEBSOCKET", ""),
    "recordings": os.environ.get("SVYAZ_RECORDINGS_DIR", ""),
    "cel": os.environ.get("SVYAZ_CEL", ""),
}
ICE_SERVERS: list[str] = [url for url in os.environ.get("SVYAZ_ICE_SERVERS", "").split(",") if url]
# The simulator lets outside numbers call: for the demonstration and for learners, never in production.
SIMULATOR = _flag("SVYAZ_SIMULATOR")
DEMO = _flag("SVYAZ_DEMO")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("SVYAZ_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
    },
}
