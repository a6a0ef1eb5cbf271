"""Notices are told once: events, days, e-mail at once or in a digest; the quick form of T33."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from entities import hits, screening
from entities import notices as rules
from exportctl import notices, people
from exportctl.models import Event, Notice, NoticeSetting
from tests.drill import notices as drills
from tests.factories import make_party

NAME = "Kestrel Avionics Research Institute"


@pytest.mark.django_db
def test_after_an_outage_each_due_notice_is_there_once():
    figure, passed = drills.after_an_outage(False)
    assert passed, figure


@pytest.fixture
def hit(officer, kestrel):
    kestrel()
    party = make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=timezone.now())
    return party.hits.get()


def titles(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_events_are_told_to_whom_they_concern_and_to_nobody_else(
    hit, officer, officer2, approver, auditor, drain
):
    now = timezone.now()
    hits.assign(hit=hit, to=officer2, by=officer, at=now)
    hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer2, at=now)
    drain()
    assert titles(officer2)[-1] == f"A hit was assigned to you: {NAME}"
    assert f"A hit waits for a second person: {NAME}" in titles(approver)
    assert f"A hit was opened for {NAME}" in titles(officer)
    assert titles(auditor) == []
    hits.send_back(hit=hit, reason="Which group?", by=approver, at=now)
    drain()
    last = Notice.objects.filter(user=officer2).latest("pk")
    assert (last.title, last.text) == (f"Your judgment was sent back: {NAME}", "Which group?")


def test_a_proposal_agreed_to_meanwhile_waits_for_nobody(hit, officer, approver, drain):
    now = timezone.now()
    hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    drain()
    assert not [one for one in titles(approver) if "waits for a second person" in one]


def test_what_was_entered_late_is_told_to_nobody(officer, kestrel, drain):
    kestrel()
    make_party(by=officer, at=timezone.now() - timedelta(days=900), name=NAME, country="CN")
    drain()
    assert Event.objects.filter(verb="hit.opened").exists()
    assert titles(officer) == []


def test_days_are_told_once_whatever_the_number_of_rounds(hit, officer):
    hits.assign(hit=hit, to=officer, by=officer, at=timezone.now())
    day = timezone.now()
    assert rules.on_day(now=day + timedelta(days=3)) == 0
    assert rules.on_day(now=day + timedelta(days=4)) == 1
    assert rules.on_day(now=day + timedelta(days=9)) == 0
    assert titles(officer) == [f"A hit of yours is past its target: {NAME}"]


def telling(user, number, **more):
    return notices.Telling(f"key {number}", f"Title {number}", [user], **more)


def test_a_digest_goes_out_once_a_day_with_everything_since(officer, now):
    officer.email = "olive@example.org"
    officer.save()
    assert notices.tell([telling(officer, 1), telling(officer, 2), telling(officer, 1)], at=now, now=now) == 2
    assert notices.mail(now=now) == 1
    assert notices.mail(now=now) == 0
    notices.tell([telling(officer, 3, url="/hits/")], at=now, now=now)
    assert notices.mail(now=now + timedelta(hours=1)) == 0
    assert notices.mail(now=now + timedelta(days=1)) == 1
    first, second = mail.outbox
    assert (first.subject, "Title 1" in first.body, "Title 2" in first.body) == (
        "exportctl: 2 notices",
        True,
        True,
    )
    assert (second.subject, "/hits/" in second.body) == ("exportctl: 1 notices", True)
    assert Notice.objects.filter(mailed_at=None).count() == 0


def test_at_once_means_a_message_each_and_none_means_none(officer, approver, now):
    for user, wanted in ((officer, "at_once"), (approver, "none")):
        user.email = f"{user.username}@example.org"
        user.save()
        NoticeSetting.objects.create(user=user, mail=wanted)
        notices.tell([telling(user, 1), telling(user, 2)], at=now, now=now)
    assert notices.mail(now=now) == 2
    assert {one.to[0] for one in mail.outbox} == {officer.email}
    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 2


def test_page_shows_mine_marks_them_read_and_keeps_how_i_am_told(officer, approver, signed, now):
    notices.tell([telling(officer, 1, url="/hits/"), telling(approver, 2)], at=now, now=now)
    client, url = signed(officer), reverse("exportctl:notices")
    page = client.get(url).content.decode()
    assert "Title 1" in page
    assert "Title 2" not in page
    client.post(reverse("exportctl:notices-read"))
    assert Notice.objects.get(user=officer).read_at is not None
    assert Notice.objects.get(user=approver).read_at is None
    client.post(reverse("exportctl:notice-settings"), {"mail": "at_once"})
    assert NoticeSetting.objects.get(user=officer).mail == "at_once"
