"""Settings for tests: the product's own, on a throw-away data folder.

``CUSTODES_TEST_DATABASE_URL`` names a PostgreSQL server to run the same tests on; without it: SQLite.
"""

import os
import tempfile

# A folder for each process that runs tests: the ledger remembers beside its key how far it has signed, and two
# databases must not share that memory. Workers inherit the environment, so a folder made for another worker is left;
# one that a test named for its own installation is kept.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
_made = os.environ.get("CUSTODES_TEST_FOLDER")
if os.environ.get("CUSTODES_DATA", _made) == _made and os.environ.get("CUSTODES_TEST_WORKER") != _worker:
    os.environ["CUSTODES_DATA"] = os.environ["CUSTODES_TEST_FOLDER"] = tempfile.mkdtemp(prefix=f"custodes-{_worker}-")
    os.environ["CUSTODES_TEST_WORKER"] = _worker
if os.environ.get("CUSTODES_TEST_DATABASE_URL"):
    os.environ["CUSTODES_DATABASE_URL"] = os.environ["CUSTODES_TEST_DATABASE_URL"]

from governance.project.settings import *  # noqa: E402,F403
from governance.project.settings import STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
AXES_ENABLED = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
