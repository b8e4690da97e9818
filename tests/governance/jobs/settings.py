"""Settings of the installations the job suite starts: the product's own, with the test's kinds loaded."""

from tests.settings import *  # noqa: F403

CELERY_IMPORTS = ("tests.governance.jobs.kinds",)
