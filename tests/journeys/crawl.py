"""Walk the site of an installation as one person and print what each page says, as JSON.

Run in the installation's own environment: ``python -m tests.journeys.crawl EMAIL [MOST]``.
"""

import hashlib
import json
import os
import re
import sys
from collections import deque

# What may differ between two visits of the same page: tokens and the clock of the page itself.
VOLATILE = (
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(r'"X-CSRFToken": ?"[^"]+"'),
    re.compile(r'name="key" value="[^"]+"'),
    re.compile(r"<time[^>]*data-now[^>]*>.*?</time>", re.DOTALL),
)
LINK = re.compile(r'href="(/[^"#]*)"')
NOT_PAGES = ("/static/", "/accounts/", "/api/", "/jobs/")
FILE = re.compile(r"\.(pdf|json|zip|csv)(\?|$)")
# A page that lists who read group figures grows by being read.
GROWS = re.compile(r"^/fairness/[^/]+/group-data/")
# What opened and closed between two batches of the follower is history that another cut of the batches does not repeat.
PASSED = re.compile(r"^/findings/(\?(?!.*state=open)|$)")
# Of a family of pages with one per decision a sample is enough; it is the same sample in both walks.
FAMILY = re.compile(r"^/oversight/[^/]+/decisions/[^/]+/?$")


def _left_out(target: str) -> bool:
    return bool(target.startswith(NOT_PAGES) or GROWS.match(target) or PASSED.match(target) or FILE.search(target))


def crawl(email: str, *, most: int = 400, family: int = 25) -> dict[str, str]:
    """Return ``{path: SHA-256 of the page}`` for every page reachable by links from ``/``."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(
        get_user_model().objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    seen: dict[str, str] = {}
    waiting, known, in_family = deque(["/"]), {"/"}, 0
    while waiting and len(seen) < most:
        path = waiting.popleft()
        answer = client.get(path)
        if answer.status_code in (301, 302):
            continue
        if answer.status_code != 200:
            seen[path] = f"status {answer.status_code}"
            continue
        if not answer["Content-Type"].startswith("text/html"):
            continue
        text = answer.content.decode()
        for pattern in VOLATILE:
            text = pattern.sub("", text)
        seen[path] = hashlib.sha256(text.encode()).hexdigest()
        for target in sorted(set(LINK.findall(text))):
            target = target.replace("&amp;", "&")
            if target in known or _left_out(target):
                continue
            if FAMILY.match(target):
                in_family += 1
                if in_family > family:
                    continue
            known.add(target)
            waiting.append(target)
    return seen


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.project.settings")
    import django

    django.setup()
    print(json.dumps(crawl(sys.argv[1], most=int(sys.argv[2]) if len(sys.argv) > 2 else 400)))
