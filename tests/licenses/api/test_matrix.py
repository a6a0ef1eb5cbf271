"""Who reaches what around an application: role x route x whose case, enumerated from the addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as DjangoClient
from django.urls import reverse
from rest_framework.test import APIClient

from exportctl import people
from exportctl.models import Event
from licenses import classifications, decisions, determinations, flags, letterbook
from licenses.api.applications import ApplicationViewSet
from licenses.api.urls import router_urls
from licenses.models import Application, Determination, Letter
from tests import factories
from tests.licenses.test_determinations import ELSEWHERE

pytestmark = pytest.mark.django_db
Client = Callable[..., APIClient]
VIEWS = {"FlagViewSet", "DeemedViewSet", "FactsViewSet", "MemoViewSet", "DeterminationViewSet", "ClassificationViewSet",
         "ItemViewSet", "HandOverViewSet", "LetterViewSet"}  # fmt: skip
READERS = ("filer", "officer", "approver", "auditor", "integration")  # they see the case
# action of a view -> which readers may; the others get 403. None: every reader
ALLOWED: dict[tuple[str, str], tuple[str, ...] | None] = {
    ("FlagViewSet", "sheet"): None,
    ("FlagViewSet", "answer"): ("filer", "officer"),
    ("FlagViewSet", "inquire"): ("filer", "officer"),
    ("FlagViewSet", "resolve"): ("filer", "officer"),
    ("DeemedViewSet", "retrieve"): None,
    ("DeemedViewSet", "update"): ("filer", "officer"),
    ("FactsViewSet", "retrieve"): None,
    ("FactsViewSet", "partial_update"): ("filer", "officer"),
    ("LetterViewSet", "list"): None,
    ("LetterViewSet", "retrieve"): None,
    ("LetterViewSet", "pdf"): None,
    ("MemoViewSet", "list"): None,
    ("MemoViewSet", "create"): ("filer", "officer"),
    ("MemoViewSet", "retrieve"): None,
    ("MemoViewSet", "pdf"): None,
    ("MemoViewSet", "propose"): ("filer", "officer"),
    ("DeterminationViewSet", "list"): None,
    ("DeterminationViewSet", "retrieve"): None,
    ("DeterminationViewSet", "create"): None,  # a question, kept nowhere
    ("DeterminationViewSet", "sign"): ("approver",),
    ("DeterminationViewSet", "send_back"): ("approver",),
    ("DeterminationViewSet", "end"): ("filer", "officer"),
    ("DeterminationViewSet", "rely"): ("filer", "officer", "integration"),
    ("ClassificationViewSet", "list"): None,
    ("ClassificationViewSet", "retrieve"): None,
    ("ClassificationViewSet", "create"): ("filer", "officer"),
    ("ClassificationViewSet", "sign"): ("officer", "approver"),
    ("ClassificationViewSet", "take_back"): ("filer", "officer"),
    ("ClassificationViewSet", "reopen"): ("filer", "officer"),
    ("HandOverViewSet", "share"): ("filer", "officer"),
    ("HandOverViewSet", "hand_over"): None,  # the verb says: its author, or who may reassign
    ("HandOverViewSet", "hand_over_all"): ("officer",),
    ("ItemViewSet", "list"): None,
    ("ItemViewSet", "retrieve"): None,
    ("ItemViewSet", "create"): ("filer", "officer"),
    ("ItemViewSet", "partial_update"): ("filer", "officer"),
}
SHARED = {"ClassificationViewSet", "ItemViewSet"}  # masters that every reader sees
QUESTION = ("DeterminationViewSet", "create")  # needs a role that reads policies, and no case


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


def routes() -> Iterator[tuple[str, str, str]]:
    """Each (view, action, method) of the addresses around an application."""
    for each in router_urls:
        view = each.callback.cls.__name__
        if view in VIEWS:
            for method, action in each.callback.actions.items():
                if method != "head":
                    yield view, action, method


def test_every_route_stands_in_the_table() -> None:
    assert {(view, action) for view, action, _ in routes()} == set(ALLOWED)


@pytest.fixture
def write(officer: Any, approver: Any, now: datetime) -> Callable[[Any], Letter]:
    """`write(case)`: the letter of an approval of the case."""

    def written(case: Any) -> Letter:
        decisions.propose(application=case, outcome="approve", justification="Civil.", by=officer, at=now)
        made = decisions.countersign(application=case, by=approver, at=now)
        letter = letterbook.write(decision=made, by=people.job_user("letters"), at=now)
        assert letter is not None
        return letter

    return written


@pytest.fixture
def address(
    registered: Any, filer: Any, officer: Any, write: Any, now: datetime
) -> Callable[[str, str], str]:
    """`address(view, action)`: the address of a record that stands, in the filer's case."""
    Application.objects.filter(pk=registered.pk).update(deemed_export=True)
    flags.answer(application=registered, answers={"cash": ("yes", "Asked.")}, by=filer, at=now)
    determinations.record(application=registered, facts=ELSEWHERE, version=0, by=officer, at=now)
    memo = determinations.keep(application=registered, on=now.date(), by=officer, at=now)
    made = Determination.objects.create(
        number="D0000001", memo=memo, result="NLR", basis="x", valid_until=now.date(), proposed_by=officer,
        proposed_at=now,
    )  # fmt: skip
    item = factories.make_item(by=filer)
    record = classifications.propose(item=item, eccn="EAR99", basis="manufacturer", by=filer, at=now)
    case = f"/api/v1/applications/{registered.number}"
    roots = {
        "FlagViewSet": f"{case}/red-flags/", "DeemedViewSet": f"{case}/deemed-export/",
        "FactsViewSet": f"{case}/facts/", "MemoViewSet": f"{case}/memos/",
        "DeterminationViewSet": "/api/v1/determinations/", "ClassificationViewSet": "/api/v1/classifications/",
        "ItemViewSet": "/api/v1/items/", "HandOverViewSet": f"{case}/", "LetterViewSet": f"{case}/letters/",
    }  # fmt: skip
    one = {
        "FlagViewSet": "cash/", "MemoViewSet": "1/", "DeterminationViewSet": f"{made.number}/",
        "ClassificationViewSet": f"{record.pk}/", "ItemViewSet": f"{item.pk}/",
        "LetterViewSet": "1/",
    }  # fmt: skip
    plain = {"list", "create", "retrieve", "update", "partial_update", "sheet", "answer"}

    def of(view: str, action: str) -> str:
        if action == "hand_over_all":
            return "/api/v1/drafts/hand-over/"
        if view == "LetterViewSet":
            write(registered)
        at_one = "" if action in ("list", "create", "reopen", "sheet", "answer") else one.get(view, "")
        return roots[view] + at_one + ("" if action in plain else f"{action.replace('_', '-')}/")

    return of


@pytest.mark.parametrize(("view", "action", "method"), sorted(set(routes())))
def test_each_role_reaches_what_is_theirs(
    request: pytest.FixtureRequest, api: Client, address: Any, view: str, action: str, method: str
) -> None:
    """An empty body: who may act is told what is wrong with it, or acts; who may not is stopped before."""
    path, may = address(view, action), ALLOWED[view, action]
    names = (*READERS, "stranger", "reviewer", "lists", "administrator")
    clients = {who: api(request.getfixturevalue(who)) for who in names} | {"nobody": api()}
    everywhere = (
        view in SHARED
        or action == "hand_over_all"
        or (view == "DeterminationViewSet" and action in ("list", "create"))
    )
    expected = {who: 403 for who in READERS if may is not None and who not in may}
    expected |= {"nobody": 401, "administrator": 403}
    if action == "hand_over_all":
        del expected["administrator"]  # holds it, for people who leave
    if (view, action) != QUESTION:
        expected["lists"] = 403
    if not everywhere:
        expected["stranger"] = 404 if may is None or "filer" in may else 403
        expected["reviewer"] = 404 if may is None else 403
    elif may is not None:
        expected |= {"reviewer": 403} | ({} if "filer" in may else {"stranger": 403})
    events = Event.objects.count()

    def status(who: str) -> int:
        answer = getattr(clients[who], method)(path, {}, format="json")
        if answer.streaming:
            answer.getvalue()  # the file that is given back is read to its end
        return int(answer.status_code)

    assert {who: status(who) for who in expected} == expected
    assert Event.objects.count() == events
    reached = {who: status(who) for who in clients if who not in expected}
    assert set(may or READERS) <= set(reached)
    assert not set(reached.values()) & {401, 403, 405, 500}, reached


def acts() -> Iterator[tuple[str, str]]:
    """Each act on an application: its action and its method."""
    for each in router_urls:
        if each.callback.cls is ApplicationViewSet:
            for method, action in each.callback.actions.items():
                if method in ("post", "patch") and action != "create":
                    yield action, method


@pytest.mark.parametrize(("action", "method"), sorted(set(acts())))
@pytest.mark.parametrize(
    "body", [{}, {"number": "x", "reason": [], "outcome": 1, "text": {}, "lines": "x"}, [1]]
)
def test_the_scope_is_asked_before_the_body(
    registered: Any, stranger: Any, reviewer: Any, api: Client, action: str, method: str, body: Any
) -> None:
    """Whoever does not see the case learns nothing of it, whatever they send and however old their sign-in is."""
    path = f"/api/v1/applications/{registered.number}/" + ("" if method == "patch" else f"{action}/")
    for who in (stranger, reviewer):
        answer = getattr(api(who), method)(path, body, format="json", headers={"If-Match": "nonsense"})
        assert answer.status_code == 404, answer.content
    unseen = api(stranger).get(f"/api/v1/applications/{registered.number}/clock/?on=never")
    assert unseen.status_code == 404


def test_whether_a_letter_is_genuine_is_told_to_everybody_and_names_nobody(
    request: pytest.FixtureRequest, registered: Any, write: Any, signed: Any
) -> None:
    code = reverse("licenses:verify-code", args=[write(registered).spelled])
    names = (*READERS[:4], "stranger", "reviewer", "lists", "administrator")
    for client in (DjangoClient(), *(signed(request.getfixturevalue(who)) for who in names)):
        assert client.get(reverse("licenses:verify")).status_code == 200
        page = client.get(code)
        assert page.status_code == 200
        assert registered.applicant.name not in page.content.decode()
        assert client.get(reverse("licenses:verify-code", args=["0000-0000-0000-0000"])).status_code == 404
