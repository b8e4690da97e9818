"""The console script ``custodes``: the same commands as ``python manage.py``."""

import os
import sys


def main() -> None:
    """Run the command named on the command line; settings that cannot hold end it with one line and status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from governance.project.secrets import WeakSecret

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, WeakSecret) as error:
        sys.stderr.write(f"custodes: {error}\n")
        sys.exit(2)
