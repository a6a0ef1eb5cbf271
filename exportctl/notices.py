"""Notices: what a person should know of, told once, in the app and by e-mail, at once or in a digest.

`key` says what a notice tells of; the database keeps one a person and key, so a job run twice, a worker
that comes back after days and two workers at once tell nothing twice. What was due meanwhile is told then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Max

from .models import Notice, NoticeSetting, User

MOST = 200  # lines of one digest; the page shows them all
LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class Telling:
    """What to tell, to whom, under which key."""

    key: str
    title: str
    to: Sequence[User]
    text: str = ""
    url: str = ""
    due_on: date | None = None


def tell(found: Iterable[Telling], *, at: datetime, now: datetime, event_id: int | None = None) -> int:
    """Write the notices that are not there yet; returns how many. `at` is when it happened."""
    rows = [
        Notice(
            user=user, key=one.key[:LONGEST_KEY], title=one.title[:200], text=one.text, url=one.url,
            due_on=one.due_on, event_id=event_id, at=at, created_at=now,
        )
        for one in found for user in one.to
    ]  # fmt: skip
    before = Notice.objects.count() if rows else 0
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return Notice.objects.count() - before if rows else 0


def mail(*, now: datetime) -> int:
    """Send what is owed by e-mail; returns how many messages went out.

    At once: a message a notice. Digest: one a day with everything since the last. A person without an
    address, or who wants none, reads them in the app. One person's messages are sent under a lock, and what
    was sent is marked in the same transaction; the message id follows from the notices, so that a repeat
    after a crash is known as one.
    """
    owed = Notice.objects.filter(mailed_at=None, user__is_active=True).exclude(user__email="")
    sent = 0
    for user in User.objects.filter(pk__in=owed.values("user")).order_by("pk"):
        with transaction.atomic():
            sent += _mailed(user, now)
    return sent


def _mailed(user: User, now: datetime) -> int:
    rows = Notice.objects.select_for_update(no_key=True, skip_locked=True).filter(user=user, mailed_at=None)
    found = list(rows.order_by("pk"))
    setting = NoticeSetting.objects.filter(user=user).first()
    wanted = setting.mail if setting else NoticeSetting.Mail.DIGEST
    if not found or wanted == NoticeSetting.Mail.NONE:
        return 0
    if wanted == NoticeSetting.Mail.DIGEST:
        last = Notice.objects.filter(user=user).aggregate(last=Max("mailed_at"))["last"]
        if last is not None and last.date() >= now.date():
            return 0
        messages = [_message(user, f"exportctl: {len(found)} notices", found)]
    else:
        messages = [_message(user, f"exportctl: {one.title}", [one]) for one in found]
    for message in messages:
        message.send()
    Notice.objects.filter(pk__in=[one.pk for one in found]).update(mailed_at=now)
    return len(messages)


def _message(user: User, subject: str, found: Sequence[Notice]) -> EmailMessage:
    lines = [line for one in found[:MOST] for line in _lines(one)]
    if len(found) > MOST:
        lines.append(f"and {len(found) - MOST} more on your page of notices.")
    digest = hashlib.sha256(" ".join(f"{one.user_id} {one.key}" for one in found).encode()).hexdigest()[:32]
    return EmailMessage(
        subject=" ".join(subject.split()), body="\n".join(lines), to=[user.email],
        headers={"Message-ID": f"<{digest}@exportctl>", "Auto-Submitted": "auto-generated"},
    )  # fmt: skip


def _lines(one: Notice) -> list[str]:
    due = f" (due {one.due_on})" if one.due_on else ""
    where = f"  {settings.SITE_URL}{one.url}" if one.url else ""
    return [line for line in (f"- {one.title}{due}", f"  {one.text}" if one.text else "", where) if line]
