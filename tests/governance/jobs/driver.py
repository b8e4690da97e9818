"""The other side of :mod:`tests.governance.jobs.installation`: a process of the installation that asks for jobs.

Reads one JSON command a line and answers with one JSON value a line.
"""

import json
import sys
from typing import Any

import django

django.setup()

from django.db import close_old_connections, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from governance.jobs import enqueue  # noqa: E402
from governance.models import Job, Person  # noqa: E402


def answer(command: dict[str, Any]) -> Any:
    if command["do"] == "enqueue":
        with transaction.atomic():
            job = enqueue(
                kind=command["kind"],
                key=command["key"],
                arguments=command["arguments"],
                actor=None,
                at=timezone.now(),
            )
        if command.get("lose_message"):  # as if the broker had forgotten it before any worker came
            from celery import current_app

            with current_app.connection_for_write() as connection:
                connection.default_channel.queue_purge(current_app.conf.task_default_queue)
        return str(job.pk)
    if command["do"] == "jobs":
        fields = ("key", "state", "attempts", "result", "error", "progress_text")
        return list(Job.objects.exclude(kind="clear_sessions").order_by("key").values(*fields))
    if command["do"] == "effects":
        return sorted(Person.objects.values_list("name", flat=True))
    raise ValueError(command)


for line in sys.stdin:
    close_old_connections()
    print(json.dumps(answer(json.loads(line))), flush=True)
