"""The queue of applications and My work: whose is what, the counts beside it, work shared out from the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from entities import hits
from entities.models import Hit
from exportctl.models import Event, SavedView, User
from licenses import applications, assignments, decisions, questions, review, workers
from licenses.models import Application
from licenses.views.queue import Filters, desk
from tests import factories

pytestmark = pytest.mark.django_db
QUEUE = "/applications/"


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Any:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def four(
    more_cases: Callable[..., Application], officer: User, officer2: User, now: datetime
) -> list[Application]:
    """Cases under way: the officer's, the colleague's, nobody's, and one withdrawn that was the officer's."""
    found = [more_cases() for _ in range(4)]
    for case, to in ((found[0], officer), (found[1], officer2), (found[3], officer)):
        assignments.assign(application=case, to=to, by=officer, at=now)
    applications.withdraw(application=found[3], by=officer, at=now)
    return found


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def shown(answer: Any) -> list[str]:
    return [row["case"].number for row in answer.context["rows"]]


def tabs(answer: Any) -> dict[str, Any]:
    return {tab["words"]: tab.get("count") for tab in answer.context["tabs"]}


def rows_for(user: User, on: Any, address: str = "") -> list[Any]:
    return [
        row
        for _, rows, _ in desk(user, filters=Filters.read(QueryDict(address)), on=on).groups
        for row in rows
    ]


# The queue


def test_each_queue_of_an_officer_with_its_count(four: list[Application], officer: User, signed: Any) -> None:
    page = signed(officer).get(QUEUE)
    assert tabs(page) == {"Everything": None, "Open": 3, "Mine": 1, "Unassigned": 1, "By person": None}
    mine, other, free, gone = (case.number for case in four)
    assert shown(page) == [gone, free, other, mine]
    for query, numbers in {
        "assigned_to=me&status=open": [mine], "assigned_to=me": [gone, mine], "assigned_to=officer2": [other],
        "assigned_to=none&status=open": [free], "status=open": [free, other, mine], "assigned_to=nobody-such": [],
    }.items():  # fmt: skip
        assert shown(signed(officer).get(f"{QUEUE}?{query}")) == numbers, query
    assert "Olive Officer (1)" in text_of(page) and "Otto Officer, 1 open" in text_of(page)


def test_a_reviewer_finds_the_lanes_of_their_body(
    more_cases: Any, officer: User, defense: User, state: User, signed: Any, now: datetime
) -> None:
    both, one = more_cases(), more_cases()
    review.refer(application=both, bodies=["defense", "state"], by=officer, at=now)
    review.refer(application=one, bodies=["defense"], by=officer, at=now)
    assert tabs(signed(state).get(QUEUE)) == {
        "Everything": None, "State’s lanes": 1, "Mine": 0, "Unassigned": 1, "By person": None,
    }  # fmt: skip
    client = signed(defense)
    client.post(
        reverse("licenses:applications-assign"), {"row": [one.pk], "to": "defense", "body": "defense"}
    )
    page = client.get(QUEUE)
    assert tabs(page)["Mine"] == 1 and tabs(page)["Unassigned"] == 1 and tabs(page)["Defense’s lanes"] == 2
    assert shown(client.get(f"{QUEUE}?body=defense&assigned_to=none")) == [both.number]
    assert shown(client.get(f"{QUEUE}?assigned_to=me&status=open")) == [one.number]
    assert (
        one.referrals.get().assigned_to == defense and Application.objects.get(pk=one.pk).assigned_to is None
    )


def test_one_click_takes_a_case_and_returns_to_the_queue(
    four: list[Application], officer: User, signed: Any
) -> None:
    client, free = signed(officer), four[2]
    here = "assigned_to=none&status=open"
    answer = client.post(
        reverse("licenses:applications-assign"),
        {"row": [free.pk], "to": "officer", "here": here},
        follow=True,
    )
    assert answer.redirect_chain == [(f"{QUEUE}?assigned_to=none&status=open", 302)]
    assert f"{free.number} is assigned to you." in text_of(answer)
    assert shown(answer) == []


def test_many_at_once_tell_each_result(
    four: list[Application], officer: User, officer2: User, signed: Any
) -> None:
    mine, other, free, gone = four
    rows = [case.pk for case in four]
    answer = signed(officer).post(reverse("licenses:applications-assign"), {"row": rows, "to": "officer2"})
    said = text_of(answer)
    assert "1 of 4 assigned to Otto Officer" in said
    assert "Olive Officer has it: the reason of the change is missing." in said
    assert "Otto Officer has it already." in said and "not possible from status" in said
    held = dict(Application.objects.values_list("pk", "assigned_to"))
    assert held == {mine.pk: officer.pk, other.pk: officer2.pk, free.pk: officer2.pk, gone.pk: officer.pk}


@pytest.mark.parametrize("given", [{}, {"row": ["x"], "to": "officer"}, {"row": [1], "to": "auditor"}])
def test_nothing_chosen_assigns_nothing(
    given: dict[str, Any], four: Any, officer: User, auditor: User, signed: Any
) -> None:
    count = Event.objects.count()
    answer = signed(officer).post(reverse("licenses:applications-assign"), given, follow=True)
    assert "Nothing was assigned" in text_of(answer)
    assert Event.objects.count() == count


def test_others_neither_see_nor_do_it(
    four: list[Application], auditor: User, filer: User, signed: Any
) -> None:
    for user, status in ((auditor, 403), (filer, 409)):
        answer = signed(user).post(
            reverse("licenses:applications-assign"), {"row": [four[2].pk], "to": user.username}
        )
        assert answer.status_code in (status, 302)
        assert Application.objects.get(pk=four[2].pk).assigned_to is None
    page = text_of(signed(filer).get(QUEUE))
    assert "Olive Officer" not in page and "Take it" not in page
    assert signed(auditor).get(reverse("licenses:applications-people")).status_code == 403


def test_the_filers_of_a_company_share_out_its_own_route(
    customer: Any, filer: User, stranger: User, officer: User, signed: Any, now: datetime
) -> None:
    """They read who has a case of the company route, and no officer's name or workload in the list of people."""
    case = factories.make_submitted(by=filer, customer=customer, at=now, route="company")
    client = signed(filer)
    page = client.get(QUEUE)
    assert tabs(page) == {"Everything": None, "Open": 1, "Mine": 0, "Unassigned": 1, "By person": None}
    assert [one.username for one in page.context["people"]] == ["filer"]
    client.post(reverse("licenses:applications-assign"), {"row": [case.pk], "to": "filer"})
    assert tabs(client.get(QUEUE))["Mine"] == 1
    assert (
        signed(stranger)
        .post(reverse("licenses:applications-assign"), {"row": [case.pk], "to": "stranger"})
        .url
    )
    case.refresh_from_db()
    assert case.assigned_to == filer
    people = client.get(reverse("licenses:applications-people")).context["loads"]
    assert ("filer", 1) in [(one.person.username, one.open) for one in people]


def test_a_view_is_kept_with_its_count_and_dropped(
    four: list[Application], officer: User, officer2: User, signed: Any
) -> None:
    client = signed(officer)
    client.post(
        reverse("licenses:applications-view"), {"name": "Otto’s", "here": "assigned_to=officer2&status=open"}
    )
    page = client.get(QUEUE)
    assert tabs(page)["Otto’s"] == 1
    view = SavedView.objects.get()
    assert (view.page, view.query) == ("licenses:applications", "assigned_to=officer2&status=open")
    assert signed(officer2).post(reverse("entities:view-drop", args=[view.pk])).status_code == 404
    assert client.post(reverse("entities:view-drop", args=[view.pk])).url == QUEUE
    assert not SavedView.objects.exists()


def test_work_by_person_with_what_is_late(
    four: list[Application],
    officer: User,
    officer2: User,
    defense: User,
    signed: Any,
    now: datetime,
    today: Any,
) -> None:
    """`late` is past the legal day of the step: day 9 without a first action."""

    def told(user: User, on: Any) -> list[tuple[str, int, int]]:
        return [
            (one.person.username if one.person else "", one.open, one.late)
            for one in workers.loads(user, on=on)
        ]

    assert told(officer, today) == [("officer", 1, 0), ("officer2", 1, 0), ("", 1, 0)]
    assert told(officer, today + timedelta(days=10)) == [("officer", 1, 1), ("officer2", 1, 1), ("", 1, 1)]
    User.objects.filter(pk=officer2.pk).update(is_active=False)
    review.refer(application=four[2], bodies=["defense"], by=officer, at=now)
    assert told(defense, today) == [("defense", 0, 0), ("", 1, 0)]
    with time_machine.travel(now + timedelta(days=10), tick=False):
        page = text_of(signed(officer).get(reverse("licenses:applications-people")))
    assert "not active any more" in page and "1 late" in page and "none late" in page


@pytest.mark.parametrize("views", [1, 3])
def test_kept_views_are_counted_in_one_query(
    views: int,
    four: list[Application],
    officer: User,
    signed: Any,
    monkeypatch: Any,
    django_assert_num_queries: Any,
) -> None:
    client = signed(officer)
    for name, here in [("All", "q=ZZ"), ("Open", "status=open"), ("None", "status=nothing")][:views]:
        client.post(reverse("licenses:applications-view"), {"name": name, "here": here})
    with django_assert_num_queries(9):
        page = client.get(QUEUE)
    own = {name: count for name, count in tabs(page).items() if name in ("All", "None")}
    assert own == ({"All": 0} if views == 1 else {"All": 0, "None": 0})
    if views == 3:
        monkeypatch.setattr("licenses.views.applications.MOST", 1)
        assert [each["count"] for each in client.get(QUEUE).context["tabs"] if each.get("pk")] == [0, 0, "1+"]


@pytest.mark.parametrize("rows", [1, 3])
def test_work_by_person_keeps_its_queries(
    rows: int, more_cases: Any, officer: User, signed: Any, now: datetime, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        case = more_cases()
        review.refer(application=case, bodies=["defense", "state"], by=officer, at=now)
        assignments.assign(application=case, to=officer, by=officer, at=now)
    client = signed(officer)
    with django_assert_num_queries(7):
        assert client.get(reverse("licenses:applications-people")).context["most"] == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_of_a_reviewer_keeps_its_queries(
    rows: int,
    more_cases: Any,
    officer: User,
    defense: User,
    signed: Any,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(rows):
        case = review.refer(application=more_cases(), bodies=["defense", "state"], by=officer, at=now)
        assignments.assign(application=case, to=defense, body="defense", by=defense, at=now)
        review.recommend(application=case, body="defense", position="no_objection", by=defense, at=now)
    client = signed(defense)
    with django_assert_num_queries(8):
        assert len(shown(client.get(QUEUE))) == rows


# The dossier


def test_the_dossier_offers_each_desk_to_its_own(
    referred: Application,
    officer: User,
    officer2: User,
    defense: User,
    auditor: User,
    filer: User,
    signed: Any,
    now: datetime,
) -> None:
    address = reverse("licenses:application", args=[referred.number])
    assignments.assign(application=referred, to=officer2, by=officer2, at=now)

    def desks(user: User) -> dict[str, tuple[str, bool, bool]]:
        found = signed(user).get(address).context["desks"]
        held = {one["title"]: one["holder"].username if one["holder"] else "" for one in found}
        return {one["title"]: (held[one["title"]], one["take"], bool(one["offer"])) for one in found}

    assert desks(officer) == {
        "Case officer": ("officer2", False, True),
        "Defense": ("", False, False),
        "State": ("", False, False),
    }
    assert desks(defense) == {
        "Case officer": ("officer2", False, False),
        "Defense": ("", True, True),
        "State": ("", False, False),
    }
    assert {offer for _, _, offer in desks(auditor).values()} == {False}
    assert desks(filer) == {}
    assert "Otto Officer, 1 open" not in text_of(signed(officer).get(address))  # who has it is no choice
    assert "Olive Officer, 0 open" in text_of(signed(officer).get(address))


def test_a_refusal_on_the_dossier_keeps_what_was_typed(
    referred: Application, officer: User, officer2: User, signed: Any, now: datetime
) -> None:
    assignments.assign(application=referred, to=officer2, by=officer2, at=now)
    act = reverse("licenses:application-act", args=[referred.number, "assign"])
    answer = signed(officer).post(act, {"to": "officer", "body": ""})
    assert answer.status_code == 400 and "the reason of the change is missing" in text_of(answer)
    assert signed(officer).post(act, {"to": "", "body": ""}).status_code == 400
    assert signed(officer).get(act).status_code == 200
    signed(officer).post(act, {"to": "-", "body": "", "reason": "Free again."})
    page = text_of(signed(officer).get(reverse("licenses:application", args=[referred.number])))
    assert "from Otto Officer by Olive Officer" in page and "Free again." in page
    assert "to Otto Officer by Otto Officer" in page


# My work


def test_my_work_begins_with_mine_and_hides_a_colleagues(
    four: list[Application], officer: User, officer2: User, approver: User, today: Any
) -> None:
    mine, other, free, _ = four
    found = rows_for(officer, today)
    assert [row.title.split()[0] for row in found] == [mine.number, free.number]
    assert (found[0].mine, found[0].held_by) == (True, "Olive Officer (Commerce)")
    assert (
        found[0].waits
        == "Registered today, first action due Aug 15 (day 9); held by Olive Officer since Aug 6"
    )
    team = desk(officer, filters=Filters.read(QueryDict("team=1")), on=today)
    assert [name for name, _, _ in team.groups] == ["mine", "later"] or team.groups[0][0] == "mine"
    assert (team.colleagues, team.total, team.shown) == (1, 3, 3)
    assert desk(officer, filters=Filters.read(QueryDict("")), on=today).colleagues == 1


def test_a_proposal_of_a_colleagues_case_waits_for_everybody_who_may_sign(
    four: list[Application], officer: User, approver: User, now: datetime, today: Any
) -> None:
    decisions.propose(application=four[0], outcome="approve", justification="Fine.", by=officer, at=now)
    [row] = rows_for(approver, today)
    assert (row.colleague, row.second, row.held_by) == (False, True, "A second person")
    assert row.waits == "Proposed (approve) by Olive Officer today, waits for a second person"


def test_a_lane_of_a_colleague_is_hidden_from_the_body(
    referred: Application, defense: User, person: Any, administrator: User, now: datetime, today: Any
) -> None:
    from licenses import seats

    second = person("defense2", "reviewer", first_name="Dirk", last_name="Second")
    seats.give(user=second, body="defense", since=today, by=administrator, at=now)
    assignments.assign(application=referred, to=second, body="defense", by=defense, at=now)
    assert rows_for(defense, today) == []
    [row] = rows_for(defense, today, "team=1")
    assert (row.colleague, row.held_by) == (True, "Dirk Second (Defense)")
    [row] = rows_for(second, today)
    assert (row.mine, row.why) == (True, "Defense has not answered: give its position")


def test_hits_of_a_colleague_are_hidden_until_they_are_proposed(
    huawei: Any, officer: User, officer2: User, person: Any, now: datetime, today: Any
) -> None:
    both = person("both", "officer", "approver")
    first, second = Hit.objects.filter(status="open").order_by("-score", "pk")[:2]
    total = Hit.objects.filter(status="open").count()
    hits.assign(hit=first, to=officer2, by=officer, at=now)
    hits.assign(hit=second, to=both, by=officer, at=now)
    found = desk(both, filters=Filters.read(QueryDict("k=hit")), on=today)
    assert (found.total, found.colleagues) == (total - 1, 1)
    assert (found.groups[0][0], found.groups[0][2]) == ("mine", 1)
    assert found.total == found.shown == sum(count for _, _, count in found.groups)
    hits.propose(hit=first, outcome="true_match", reason="same_address", note="Seen.", by=officer2, at=now)
    found = desk(both, filters=Filters.read(QueryDict("k=hit")), on=today)
    assert (found.total, found.colleagues) == (total, 0)


def test_an_agencys_question_is_the_case_officers(
    referred: Application, officer: User, officer2: User, defense: User, now: datetime, today: Any
) -> None:
    questions.ask(
        application=referred,
        to="commerce",
        text="Which site?",
        due_on=today,
        body="defense",
        by=defense,
        at=now,
    )
    assignments.assign(application=referred, to=officer2, by=officer2, at=now)
    assert rows_for(officer, today) == []
    assert {row.kind for row in rows_for(officer2, today)} == {"question", "review"}
    assert all(row.mine for row in rows_for(officer2, today))


def test_the_switch_stands_on_the_page(four: list[Application], officer: User, signed: Any) -> None:
    page = text_of(signed(officer).get(reverse("licenses:work")))
    assert "Team: also what colleagues hold" in page and "Assigned to me: 1" in page
    assert four[1].number not in page
    page = text_of(signed(officer).get(reverse("licenses:work"), {"team": "1"}))
    assert "Hide what colleagues hold" in page and four[1].number in page
