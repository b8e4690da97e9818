"""Mail: what is due for one person goes out as one message, at least once and as a rule once."""

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.models import Notice

logger = logging.getLogger(__name__)
CLAIM_FOR = timedelta(minutes=10)  # a worker that died while sending: after this another sends
AT_MOST = 500


def send_due(at: datetime) -> int:
    """Send what is due by ``at``, one mail a person; return how many mails went out.

    A notice is claimed before its mail is sent, so two workers never send the same. A worker that dies between
    sending and noting it makes one mail go out twice, with the same Message-ID.
    """
    free = Q(mail_claimed_at=None) | Q(mail_claimed_at__lt=at - CLAIM_FOR)
    due = Notice.objects.filter(free, mailed_at=None, mail_after__lte=at).order_by("at", "pk")
    by_person: dict[object, list[Notice]] = defaultdict(list)
    for notice in due.select_related("person__user")[:AT_MOST]:
        mine = Notice.objects.filter(free, pk=notice.pk, mailed_at=None).update(mail_claimed_at=at)
        if mine:
            by_person[notice.person_id].append(notice)
    return sum(_send(notices, at) for notices in by_person.values())


def _send(notices: list[Notice], at: datetime) -> int:
    rows = Notice.objects.filter(pk__in=[notice.pk for notice in notices])
    user = notices[0].person.user
    unread = [notice for notice in notices if notice.read_at is None]
    if user is None or not user.is_active or not unread:
        rows.update(mail_after=None, mail_claimed_at=None)  # nobody to send to, or read in the product meanwhile
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        message = _message(unread, user.email)
    try:
        message.send()
    except OSError as error:
        logger.warning("mail to %s not sent: %s", user.pk, error)
        rows.update(mail_claimed_at=None, mail_after=at + timedelta(minutes=5))
        return 0
    rows.update(mailed_at=at)
    return 1


def _message(notices: list[Notice], address: str) -> EmailMessage:
    if len(notices) == 1:
        subject = notices[0].subject
    else:
        n = len(notices)
        subject = ngettext("%(n)s notice from Custodes", "%(n)s notices from Custodes", n) % {"n": n}
    lines = []
    for notice in notices:
        lines += [notice.subject, f"{settings.PUBLIC_URL}{notice.url}" if notice.url else "", ""]
    lines += [_("When and how you are told is set here:"), f"{settings.PUBLIC_URL}/notices/settings/"]
    headers = {"Message-ID": f"<{notices[0].pk.hex}@custodes.invalid>"}
    return EmailMessage(subject, "\n".join(lines), to=[address], headers=headers)
