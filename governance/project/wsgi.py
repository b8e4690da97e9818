"""The WSGI application: pages and REST run under WSGI (ASGI leaks connections with Django's ORM)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")
django_application = get_wsgi_application()

from audit.api.wsgi import EventsFirst, calm_collector  # noqa: E402  (Django must be set up first)
from governance.project.logs import RequestLog  # noqa: E402

application = RequestLog(EventsFirst(django_application))
calm_collector()
