"""Notices: what a person should know of, told once, in the app and by e-mail, at once or in a digest.

`key` says what a notice tells of; the database keeps one a person and key, so a job run twice, a worker
that comes back after days and two workers at once tell nothing twice. What was due meanwhile is told then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Max

from . import audit
from .errors import Invalid
from .models import Notice, NoticeMute, NoticeSetting, User
from .transitions import wrong

MOST = 200  # lines of one digest; the page shows them all
LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice, as people mute it. `duty`: it carries a day the law sets, so the app always tells it.

    It is offered to who holds one of `permissions`; without any to everybody.
    """

    code: str
    label: str
    words: str
    permissions: frozenset[str] = frozenset()
    duty: bool = False


kinds: dict[str, Kind] = {}  # the apps add theirs from `ready()`, in the order they are shown


def register(*more: Kind) -> None:
    """Add kinds; the same code again replaces the earlier."""
    kinds.update({kind.code: kind for kind in more})


@dataclass(frozen=True, slots=True)
class Telling:
    """What to tell, to whom, under which key."""

    key: str
    title: str
    to: Sequence[User]
    text: str = ""
    url: str = ""
    due_on: date | None = None
    kind: str = ""


def choose(*, ways: Mapping[str, tuple[bool, bool]], by: User, at: datetime) -> None:
    """Set how a person is told of each kind: `ways` are (in the app, by e-mail) by code; others stay as they are.

    What is told already stays. Refuses unknown kinds and a duty left out of the app: its day is the law's, so only
    its e-mail can be muted. Event notices.chosen with the kinds that are muted now.
    """
    found = [wrong("kind", f"'{code[:30]}' is no kind of notice.", "Choose among those shown.")
             for code in ways if code not in kinds]  # fmt: skip
    found += [
        wrong(f"app-{code}", f"{kinds[code].label}: a legal day is always told in the app.", "Mute its e-mail alone.")
        for code, (in_app, _) in ways.items() if code in kinds and kinds[code].duty and not in_app
    ]  # fmt: skip
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        NoticeMute.objects.filter(user=by, kind__in=ways).delete()
        NoticeMute.objects.bulk_create(
            NoticeMute(user=by, kind=code, in_app=in_app, by_mail=mail)
            for code, (in_app, mail) in ways.items()
            if not (in_app and mail)
        )
        muted = NoticeMute.objects.filter(user=by).order_by("kind").values_list("kind", "in_app", "by_mail")
        log(
            "notices.chosen",
            by,
            muted=[{"kind": kind, "app": app, "mail": mail} for kind, app, mail in muted],
        )


def tell(found: Iterable[Telling], *, at: datetime, now: datetime, event_id: int | None = None) -> int:
    """Write the notices that are not there yet; returns how many. `at` is when it happened. A kind that its reader
    muted in the app and by e-mail is not written."""
    told = list(found)
    ways = _ways(told)
    rows = [
        Notice(
            user=user, key=one.key[:LONGEST_KEY], title=one.title[:200], text=one.text, url=one.url,
            due_on=one.due_on, event_id=event_id, at=at, created_at=now, kind=one.kind, in_app=in_app, by_mail=mail,
        )
        for one in told for user in one.to
        for in_app, mail in [ways.get((user.pk, one.kind), (True, True))] if in_app or mail
    ]  # fmt: skip
    before = Notice.objects.count() if rows else 0
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return Notice.objects.count() - before if rows else 0


def _ways(told: Sequence[Telling]) -> dict[tuple[int, str], tuple[bool, bool]]:
    """(in the app, by e-mail) of each person and kind that is muted. One query, none without kinds."""
    wanted = {one.kind for one in told if one.kind and one.to}
    if not wanted:
        return {}
    mutes = NoticeMute.objects.filter(kind__in=wanted, user__in={user.pk for one in told for user in one.to})
    return {
        (mute.user_id, mute.kind): (
            mute.in_app or (mute.kind in kinds and kinds[mute.kind].duty),
            mute.by_mail,
        )
        for mute in mutes
    }


def mail(*, now: datetime) -> int:
    """Send what is owed by e-mail; returns how many messages went out.

    At once: a message a notice. Digest: one a day with everything since the last. A person without an
    address, or who wants none, reads them in the app. One person's messages are sent under a lock, and what
    was sent is marked in the same transaction; the message id follows from the notices, so that a repeat
    after a crash is known as one.
    """
    owed = Notice.objects.filter(mailed_at=None, by_mail=True, user__is_active=True).exclude(user__email="")
    sent = 0
    for user in User.objects.filter(pk__in=owed.values("user")).order_by("pk"):
        with transaction.atomic():
            sent += _mailed(user, now)
    return sent


def _mailed(user: User, now: datetime) -> int:
    rows = Notice.objects.select_for_update(no_key=True, skip_locked=True).filter(
        user=user, mailed_at=None, by_mail=True
    )
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
