"""T11 and T12: a decision is made once, and by two people."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from exportctl import people
from exportctl.errors import Refused
from exportctl.models import Event
from licenses import decisions
from licenses.models import Decision, License
from tests import factories
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
        username="both", by=here.administrator, at=here.now, role_codes=("officer", "approver")
    )
    tried = successes = 0
    for _ in range(10 if full else 1):
        case = factories.make_registered(
            by=here.filer, officer=here.officer, at=here.now, customer=here.customer
        )
        decisions.propose(application=case, outcome="approve", justification="Mine.", by=both, at=here.now)
        for way in ways(case, both, here):
            way()
            tried += 1
            successes += Decision.objects.filter(application=case).exclude(state="proposed").count()
    return f"{successes} successes in {tried} tries", successes == 0 and tried > 0


def ways(case: Decision, both: people.User, here: world.World) -> list[Callable[[], object]]:
    """Each way to the countersignature."""
    client = Client(raise_request_exception=False)
    client.force_login(both, backend="django.contrib.auth.backends.ModelBackend")
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

    return [verb, send(page), send(admin), send(api, content_type="application/json")]
