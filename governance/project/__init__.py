"""The Django project. Importing it makes the Celery application, so that every process can send wake-ups."""

from governance.project.celery import app as celery_app

__all__ = ["celery_app"]
