"""Makes an empty installation with one use case and prints a key for it; ``POLICY`` (JSON) changes its policy."""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from audit.events.keys import SCOPES, issue_key  # noqa: E402
from tests.audit.events.samples import SOURCE  # noqa: E402
from tests.cast import POLICY, a_live_use_case, assemble  # noqa: E402

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    cast = assemble()
    use_case = a_live_use_case(cast, policy={**POLICY, **json.loads(os.environ.get("POLICY", "{}"))})
    sources = [SOURCE, os.environ.get("SOURCE", SOURCE)]
    _, text = issue_key(
        use_cases=[use_case], sources=sources, scopes=SCOPES, label="faults", actor=cast.anna, at=timezone.now()
    )
    print(text)
