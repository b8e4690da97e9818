"""Settings of an installation, read from the environment; every name is listed in the README.

A value ``X`` may also come from a file named in ``X_FILE`` (for container secrets).
"""

import ipaddress
import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from governance.project import checks, logs, secrets, single_sign_on

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.FileAwareEnv()

PRODUCTION = env.bool("CUSTODES_PRODUCTION", default=False)
if PRODUCTION:
    checks.require_production(os.environ)
DEBUG = env.bool("CUSTODES_DEBUG", default=False)
DATA_DIR = Path(env.str("CUSTODES_DATA", default=str(BASE_DIR / "var"))).resolve()
SECRETS_DIR = DATA_DIR / "secrets"

SECRET_KEY = env.str("CUSTODES_SECRET_KEY", default="") or secrets.read_or_create(SECRETS_DIR / "secret_key")
secrets.require_strong(SECRET_KEY, name="CUSTODES_SECRET_KEY")

PUBLIC_URL = env.str("CUSTODES_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("CUSTODES_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

INSTALLED_APPS = [
    "audit.ledger",
    "policies",
    "governance",
    "audit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "governance.web.oidc",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "audit.ledger.receipts.WaitForSeal",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "governance.project.urls"
WSGI_APPLICATION = "governance.project.wsgi.application"  # for Django's own development server
ASGI_APPLICATION = "governance.project.asgi.application"

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
                "governance.web.context.page",
            ],
            "builtins": ["governance.web.tags"],
        },
    },
]

# --- databases -------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("CUSTODES_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'custodes.sqlite3'}")}
if env.str("CUSTODES_OWNER_DATABASE_URL", default=""):
    # The owner's alias is used by ``migrate`` alone; the web role must not own the evidence tables.
    DATABASES["owner"] = env.db_url("CUSTODES_OWNER_DATABASE_URL")

for _database in DATABASES.values():
    if _database["ENGINE"].endswith("sqlite3"):
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        _database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: a commit that was acknowledged survives a power cut. recursive_triggers: without it
            # INSERT OR REPLACE walks through the append-only triggers of the ledger. secure_delete: what is
            # erased is overwritten in the file too, however SQLite was built.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536;",
        }
    else:
        _database["CONN_HEALTH_CHECKS"] = True
    # On SQLite too: a new connection reads the whole schema first, which costs more than an event.
    _database["CONN_MAX_AGE"] = 60

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the ledger ------------------------------------------------------------------------------

LEDGER_ORIGIN = env.str("CUSTODES_LEDGER_ORIGIN", default="")  # empty: made on first start, kept beside the key
LEDGER_KEY_FILE = Path(env.str("CUSTODES_LEDGER_KEY_FILE", default=str(SECRETS_DIR / "ledger_key")))

# Checkpoints leave the house only where these are set: witnesses as "URL VKEY" pairs separated by commas, and a time
# stamp authority (RFC 3161) with the PEM file of its certificates.
LEDGER_WITNESSES = [tuple(each.split()) for each in env.list("CUSTODES_WITNESSES", default=[])]
if not all(len(each) == 2 for each in LEDGER_WITNESSES):
    raise ImproperlyConfigured("CUSTODES_WITNESSES is a comma-separated list of pairs: URL and verification key.")
LEDGER_WITNESS_SECONDS = env.int("CUSTODES_WITNESS_SECONDS", default=60)
LEDGER_TSA_URL = env.str("CUSTODES_TSA_URL", default="")
LEDGER_TSA_ROOTS = env.str("CUSTODES_TSA_ROOTS", default="")
if LEDGER_TSA_URL and not LEDGER_TSA_ROOTS:
    raise ImproperlyConfigured("CUSTODES_TSA_URL needs CUSTODES_TSA_ROOTS, a PEM file of its certificates.")

# What intake does with e-mail addresses, telephone and card numbers it sees in free text: refuse, redact, flag, off.
PERSONAL_DATA = env.str("CUSTODES_PERSONAL_DATA", default="flag")

# --- people ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "governance.User"
ANONYMOUS_USER_NAME = None
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "governance.access.accounts.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# The organisation's own provider; nobody gets in by it who was not invited or is not of a domain named here.
if _faults := checks.provider_faults(os.environ, production=PRODUCTION):
    raise ImproperlyConfigured("; ".join(_faults) + ".")
OIDC = single_sign_on.read(env)
SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(OIDC)
SOCIALACCOUNT_ADAPTER = "governance.web.oidc.adapter.ProviderAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_AUTO_SIGNUP = SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = True  # a link: the content policy lets forms go nowhere else
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True

# --- safety ----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SESSION_COOKIE_SECURE
if env.bool("CUSTODES_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

# --- words -----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "governance" / "locale", BASE_DIR / "audit" / "locale"]
TIME_ZONE = env.str("CUSTODES_TIME_ZONE", default="UTC")
USE_I18N = USE_TZ = True

# --- files -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("CUSTODES_STATIC", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "governance" / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- work that a person waits for --------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(DATA_DIR / "broker" / "messages"),
        "data_folder_out": str(DATA_DIR / "broker" / "messages"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "polling_interval": 0.25,
    }
    if CELERY_BROKER_URL.startswith("filesystem")
    else {}
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Remote control broadcasts would pile up as files on the embedded broker.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not CELERY_BROKER_URL.startswith("filesystem")
CELERY_TASK_DEFAULT_QUEUE = env.str("CUSTODES_QUEUE", default="custodes")
JOB_LEASE_SECONDS = env.int("CUSTODES_JOB_LEASE_SECONDS", default=15)

EMAIL_BACKEND = env.str("CUSTODES_EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("CUSTODES_EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("CUSTODES_EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("CUSTODES_EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.str("CUSTODES_EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("CUSTODES_EMAIL_TLS", default=False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("CUSTODES_EMAIL_FROM", default="custodes@localhost")
# Networks inside the organisation a webhook may go to; everywhere else only public addresses, and only https.
WEBHOOK_NETWORKS = [ipaddress.ip_network(each) for each in env.list("CUSTODES_WEBHOOK_NETWORKS", default=[])]

# --- the machines' door ------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "audit.api.authentication.APIKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "audit.api.problems.exception_handler",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Custodes",
    "DESCRIPTION": "Events in, evidence out. Problem answers follow RFC 9457.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "audit.api.documentation.list_codes",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# "json" for machines, "line" for people.
LOGGING = logs.configuration(
    level=env.str("CUSTODES_LOG_LEVEL", default="INFO"),
    as_json=env.str("CUSTODES_LOG", default="json" if PRODUCTION else "line") == "json",
)
