"""Notices: people are told in the product and by mail, other systems by webhook.

``tell`` and ``publish`` write rows in the caller's transaction; jobs carry them out.
"""

from governance.notices.inbox import inbox_of, mark_read, set_preference, tell, unread
from governance.notices.outbox import forget, publish

__all__ = ["forget", "inbox_of", "mark_read", "publish", "set_preference", "tell", "unread"]
