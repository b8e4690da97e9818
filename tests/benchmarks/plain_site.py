"""What single events are measured against: a Django REST framework viewset that inserts one row and commits.

Made as its tutorial makes it: token authentication, a model serializer, one transaction a request, a new database
connection each time. ``python -m tests.benchmarks.plain_site`` makes the tables and prints a token.
"""

import os

import django
import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application

KEPT = int(os.environ.get("PLAIN_KEPT_SECONDS", "0"))
DATABASE = environ.Env.db_url_config(os.environ["PLAIN_DATABASE_URL"])
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {**DATABASE, "CONN_MAX_AGE": KEPT, "ATOMIC_REQUESTS": True}},
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "rest_framework.authtoken",
    ],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    },
)
django.setup()

from rest_framework import routers, serializers, viewsets  # noqa: E402

from tests.benchmarks.plain import FIELDS, PlainEvent  # noqa: E402


class Event(PlainEvent):
    class Meta:
        app_label = "auth"
        db_table = "plain_event"


class EventSerializer(serializers.ModelSerializer):
    class Meta:
        model = Event
        fields = FIELDS


class Events(viewsets.ModelViewSet):
    queryset = Event.objects.all()
    serializer_class = EventSerializer


router = routers.SimpleRouter()
router.register("events", Events)
urlpatterns = router.urls
application = get_wsgi_application()

if __name__ == "__main__":
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Event)
    print(Token.objects.create(user=User.objects.create(username="sender")).key)
