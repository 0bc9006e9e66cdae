"""Settings as a user of bdmodels has them; every one of its own is named."""

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "polymorphic",
    "bdmodels",
    "tests.typed.catalog",
    "tests.typed.library",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "typed"
USE_TZ = True
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

BDMODELS_LOCK_TIMEOUT = 0.5
BDMODELS_LOCK_TIMEOUT_MAX = 5
BDMODELS_LOCK_TRIES = 30
BDMODELS_PART_LOADING = "peers"
BDMODELS_LAZY_PARTS = "allow"
BDMODELS_COPY_IN_MIGRATE = 1_000_000
BDMODELS_COPY_BATCH_SECONDS = 0.5
BDMODELS_COPY_REPLICAS: list[str] = []
BDMODELS_COPY_THROTTLE = "tests.typed.catalog.copying.at_night"
BDMODELS_WRITE_UNCHANGED_PARTS = False
