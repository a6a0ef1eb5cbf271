"""T11, T12, T19: a decision is made once, by two people, and never after a hold."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from exportctl import people
from exportctl.errors import Refused
from exportctl.models import Event
from licenses import decisions, holds
from licenses.models import Decision, License, PolicyHold
from tests import factories
from tests.conftest import PASSWORD
from tests.threads import at_once

from . import drill, world


@drill("T11", "two approvers at once: exactly one decision, losers 409, one event")
def approvers_at_once(full: bool) -> tuple[str, bool]:
    """500 rounds of 8 threads."""
    rounds, threads = (500, 8) if full else (5, 8)
    here = world.build(approvers=threads)
    right = 0
    for _ in range(rounds):
        case = factories.make_registered(
            by=here.filer, officer=here.officer, at=here.now, customer=here.customer
        )
        decisions.propose(
            application=case, outcome="approve", justification="No objection.", by=here.officer, at=here.now
        )
        answers = at_once(
            lambda by=by: decisions.countersign(application=case, by=by, at=here.now) for by in here.approvers
        )
        made = [one for one in answers if isinstance(one, Decision)]
        lost = [one for one in answers if isinstance(one, Refused) and one.status_code == 409]
        events = Event.objects.filter(verb="decision.made", data__data__application=case.number).count()
        right += (len(made), len(lost), events) == (1, threads - 1, 1)
    licenses = License.objects.count()
    return f"{right} of {rounds} rounds x {threads} threads with 1 decision, {licenses} licenses", (
        right == rounds == licenses
    )


@drill("T12", "maker = checker through verb, browser, API and admin: no success")
def maker_is_checker(full: bool) -> tuple[str, bool]:
    """One person with both roles tries to countersign what they proposed, by every way there is."""
    here = world.build()
    both = people.create(
        username="both",
        by=here.administrator,
        at=here.now,
        role_codes=("officer", "approver", "senior_approver"),
        password=PASSWORD,
    )
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    client.force_login(both, backend="django.contrib.auth.backends.ModelBackend")
    factories.confirmed(client)  # so that nothing but the rule of two people stands in the way
    tried = successes = 0
    for _ in range(10 if full else 1):
        case = factories.make_registered(
            by=here.filer, officer=here.officer, at=here.now, customer=here.customer
        )
        decisions.propose(application=case, outcome="approve", justification="Mine.", by=both, at=here.now)
        for way in ways(case, both, client, here):
            way()
            tried += 1
            successes += Decision.objects.filter(application=case).exclude(state="proposed").count()
    return f"{successes} successes in {tried} tries", successes == 0 and tried > 0


def ways(case: Decision, both: people.User, client: Client, here: world.World) -> list[Callable[[], object]]:
    """Each way to the countersignature."""
    admin = reverse("admin:licenses_application_do", args=[case.pk, "countersign"])
    page = reverse("licenses:application-act", args=[case.number, "countersign"])
    api = f"/api/v1/applications/{case.number}/countersign/"

    def verb() -> object:
        try:
            return decisions.countersign(application=case, by=both, at=here.now)
        except Refused as refused:
            return refused

    def send(address: str, **more: object) -> Callable[[], object]:
        def post() -> object:
            answer = client.post(address, {}, **more)  # type: ignore[arg-type]
            if answer.status_code not in (200, 302, 400, 403, 409):
                raise AssertionError(f"{address}: {answer.status_code}")
            return answer

        return post

    def bulk() -> object:
        try:
            with transaction.atomic():
                made = {"state": "made", "countersigned_by": both, "made_at": here.now}
                return Decision.objects.filter(application=case).update(**made)
        except IntegrityError as refused:
            return refused

    return [verb, bulk, send(page), send(admin), send(api, content_type="application/json")]


@drill("T19", "a policy hold races an approval: no approval commits after the hold's commit")
def hold_races_approval(full: bool) -> tuple[str, bool]:
    """500 rounds: one thread approves, one places a hold on the consignee's country."""
    rounds = 500 if full else 5
    here = world.build()
    before = after = 0
    for _ in range(rounds):
        case = factories.make_registered(
            by=here.filer, officer=here.officer, at=here.now, customer=here.customer
        )
        decisions.propose(
            application=case, outcome="approve", justification="Fine.", by=here.officer, at=here.now
        )
        country = here.customer.country
        answers = at_once(
            (
                lambda case=case: decisions.countersign(application=case, by=here.approvers[0], at=here.now),
                lambda: holds.place(reason="Stop.", country=country, by=here.officer, at=here.now),
            )
        )
        [hold] = [one for one in answers if isinstance(one, PolicyHold)]
        placed = Event.objects.get(verb="policy.held", object_id=str(hold.pk)).seq
        made = Event.objects.filter(verb="decision.made", data__data__application=case.number).first()
        if made is None:
            [refused] = [one for one in answers if isinstance(one, Refused)]
            before += {each.code for each in refused.blockers} == {"policy_hold"}
        else:
            after += made.seq < placed
        holds.lift(hold=hold, reason="Over.", by=here.approvers[0], at=here.now)
    return (
        f"{before} refused by the hold, {after} made before it, of {rounds} rounds",
        before + after == rounds,
    )
