"""T33: after an outage of the worker each due notice is there once, and none is missing."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from entities import hits
from entities import notices as told
from entities.models import Duty, Hit
from exportctl import notices, outbox, people
from exportctl.models import Event, Job, Notice, Reader, User

from . import drill
from .memory import Desk, desk, row


@drill("T33", "notices after a 3-day worker outage: each due notice once, none missing")
def after_an_outage(full: bool) -> tuple[str, bool]:
    """Work goes on for three days while nothing is pumped; then the worker is back, and runs everything twice."""
    count = 300 if full else 6
    settings.HITS_AT_HAND = max(settings.HITS_AT_HAND, count)
    with desk() as office:
        second = people.create(username="drill-officer2", by=User.objects.get(username="drill-admin"),
                               at=timezone.now(), role_codes=("officer",))  # fmt: skip
        User.objects.filter(username__startswith="drill-").update(email="drill@example.org")
        office.publish([row(n) for n in range(count)])
        office.customers(count)
        began = office.at = timezone.now()
        back, expected = (
            began + timedelta(days=4),
            _work(office, count, second),
        )  # opened the day before it stopped
        for _ in range(2):
            outbox.drain()
            told.on_day(now=back)
            _again(random.Random(33))
            notices.mail(now=back)
        found = Counter(Notice.objects.values_list("key", "user__username"))
    missing = [one for one in expected if one not in found]
    twice = [one for one, number in found.items() if number > 1]
    unmailed = Notice.objects.filter(mailed_at=None).exclude(user__email="").count()
    figure = f"{len(expected)} notices due in 3 days: {len(missing)} missing, {len(twice)} twice, {unmailed} not mailed"
    return figure, bool(expected) and not (missing or twice or unmailed)


def _work(office: Desk, count: int, second: User) -> list[tuple[str, str]]:
    """Three days of judging and assigning without a worker; what each must lead to."""
    expected: list[tuple[str, str]] = []
    for number, hit in enumerate(Hit.objects.order_by("pk")[:count]):
        kind = number % 3
        if kind == 0:
            hits.assign(hit=hit, to=second, by=office.officer, at=office.at)
            day = hit.opened_at.date() + timedelta(days=3)
            expected.append((f"assigned {_last('hit.assigned')}", second.username))
            expected.append((f"hit {hit.pk} late {day}", second.username))
            continue
        hits.propose(
            hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=office.officer, at=office.at
        )
        if kind == 1:  # agreed to before anybody was told: no notice that it waits, but its duty is told
            hits.agree(hit=hit, by=office.approver, at=office.at)
            duty = Duty.objects.get(hit=hit)
            expected += [
                (f"duty {duty.pk}", who) for who in ("drill-officer", "drill-officer2", "drill-approver")
            ]
        else:
            expected.append((f"proposed {_last('hit.proposed')}", "drill-approver"))
    return expected


def _last(verb: str) -> int:
    return Event.objects.filter(verb=verb).latest("seq").seq


def _again(dice: random.Random) -> None:
    """Half of the finished jobs are delivered once more, and the reader starts from the beginning."""
    done = list(Job.objects.filter(reader="notices", state=Job.State.DONE).values_list("event_id", flat=True))
    for seq in dice.sample(done, len(done) // 2):
        told.on_event(Event.objects.get(seq=seq), now=timezone.now())
    Reader.objects.filter(name="notices").update(cursor=0)
