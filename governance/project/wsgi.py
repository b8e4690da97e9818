"""Django as a WSGI application: what the server runs in threads behind :mod:`governance.project.asgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")
application = get_wsgi_application()
