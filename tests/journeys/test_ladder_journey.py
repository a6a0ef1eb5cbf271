"""A dispute over the API, every step used to its last day: registration, referral, split, Operating Committee,
Advisory Committee, Review Board, President. Each due day is checked against table 1 of the review process."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from exportctl import audit
from licenses.models import License
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = {
    "first_action": 9, "recommendation": 39, "committee": 53, "to_acep": 58, "acep": 69, "to_earb": 74, "earb": 85,
    "to_president": 90,
}  # fmt: skip
SIGNED = {
    "signatory": "Jane Roe", "office": "head", "statute": "50 U.S.C. 4813", "regulation": "15 CFR 744.21",
    "reason": "A military end user.",
}  # fmt: skip
VOTES = {"commerce": "approve", "state": "approve", "energy": "approve", "defense": "deny"}


def test_dispute_over_the_api_up_to_the_president(
    api: Any,
    published_list: Any,
    filer: Any,
    officer: Any,
    defense: Any,
    state: Any,
    approver: Any,
    now: datetime,
) -> None:
    case = factories.make_registered(by=filer, officer=officer, at=now)
    url, day0 = f"/api/v1/applications/{case.number}", now.date()

    def on(day: int) -> Any:
        return time_machine.travel(now + timedelta(days=day, minutes=day), tick=False)

    def post(who: Any, action: str, status: int = 200, **body: Any) -> dict[str, Any]:
        client = api(who)
        if action == "countersign":
            factories.confirmed(client)
        answer = client.post(f"{url}/{action}/", body, format="json")
        assert answer.status_code == status, answer.json()
        return answer.json()

    def due(shown: dict[str, Any]) -> dict[str, str]:
        return {row["code"]: row["due_on"] for row in shown["ladder"]}

    def told(shown: dict[str, Any], action: str) -> set[str]:
        offered = {each["action"]: each for each in shown["allowed_actions"]}
        return {blocker["code"] for blocker in offered[action]["blockers"]}

    every = {code: str(day0 + timedelta(days=day)) for code, day in DAYS.items()}
    with on(9):
        shown = post(officer, "refer", bodies=["defense", "state"])
        assert due(shown) == every
        assert [row["day"] for row in shown["ladder"]] == list(DAYS.values())
        assert {lane["due_on"] for lane in shown["lanes"]} == {every["recommendation"]}
        assert told(shown, "convene") == {"position_missing", "no_dispute"}
    with on(39):
        post(
            defense,
            "recommend",
            body="defense",
            position="deny",
            reason="Military.",
            legal_basis="15 CFR 744.21",
        )
        post(state, "recommend", body="state", position="approve", reason="Civil.")
        shown = post(officer, "convene")
        assert (shown["status"], due(shown)) == ("committee", every)
    with on(53):
        shown = post(officer, "rule", outcome="approve", reason="The chair finds civil use.")
        assert shown["rulings"][0]["dissenting"] == ["defense"]
        assert due(shown) == every
        early = post(officer, "propose_decision", 409, outcome="approve", justification="As ruled.")
        assert [each["code"] for each in early["blockers"]] == ["ruling_open"]
        assert every["to_acep"] in early["blockers"][0]["message"]
        assert told(api(state).get(f"{url}/").json(), "escalate") == {"no_dissent"}
    with on(58):
        shown = post(defense, "escalate", body="defense", **SIGNED | {"office": "appointee"})
        assert (shown["status"], due(shown)) == ("acep", every)
    with on(69):
        short = post(officer, "rule", 409, outcome="deny", reason="x", votes=VOTES)
        assert [each["code"] for each in short["blockers"]] == ["no_majority"]
        shown = post(officer, "rule", outcome="approve", reason="3 to 1.", votes=VOTES)
        assert due(shown) == every
    with on(74):
        wrong = post(defense, "escalate", 400, body="defense", **SIGNED | {"office": "appointee"})
        assert [each["field"] for each in wrong["blockers"]] == ["office"]
        shown = post(defense, "escalate", body="defense", **SIGNED)
        assert (shown["status"], due(shown)) == ("earb", every)
    with on(85):
        shown = post(officer, "rule", outcome="approve", reason="3 to 1.", votes=VOTES)
        assert shown["clock"]["left"] == 5
    with on(90):
        shown = post(defense, "escalate", body="defense", **SIGNED)
        assert (shown["status"], due(shown)) == ("president", every)
        assert not any(row["late"] for row in shown["ladder"])
        assert [each["target"] for each in shown["escalations"]] == ["acep", "earb", "president"]
    with on(120):
        shown = api(officer).get(f"{url}/").json()
        assert (shown["clock"]["net"], shown["clock"]["left"]) == (90, 0)  # the duty is met, the clock stands
        then = api(officer).get(f"{url}/clock/", {"on": str(day0 + timedelta(days=60))}).json()
        assert (then["clock"]["net"], due(then)) == (60, every)
        assert {row["code"] for row in then["ladder"] if row["done_on"]} == {
            "first_action",
            "committee",
            "to_acep",
        }
        applicant = api(filer).get(f"{url}/").json()
        assert (applicant["ladder"], applicant["rulings"], applicant["escalations"]) == ([], [], [])
        assert applicant["status_words"] == "With the President"
        post(officer, "propose_decision", outcome="approve", justification="The President approved.")
        done = post(approver, "countersign")
        assert (done["status"], done["decisions"][0]["authority"]) == ("approved", "President")
    assert License.objects.get().application_id == case.pk
    assert audit.verify().ok
