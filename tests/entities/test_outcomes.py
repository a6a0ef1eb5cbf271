import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import licenses.determination
from entities import hits, outcomes, screening
from entities.models import ListCode
from entities.outcomes import (
    LICENSE_REQUIRED,
    NO_EXCEPTIONS,
    NO_MATCH_NAME_ONLY,
    PROHIBITED,
    RED_FLAG,
    Told,
    outcome_of,
)
from entities.ownership import RULE, Owner
from exportctl import people
from tests.factories import make_party

NAME = "Kestrel Avionics Research Institute"


def pair(*lists, status="closed", outcome="true_match"):
    return Told("An entry", lists, status, outcome)


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([], "NO_MATCH_NAME_ONLY"),
        ([pair(("EL", ""), outcome="false_positive")], "NO_MATCH_NAME_ONLY"),
        ([pair(("EL", ""), status="open", outcome="")], "RED_FLAG"),
        ([pair(("EL", ""), status="proposed", outcome="false_positive")], "RED_FLAG"),
        ([pair(("DPL", ""))], "PROHIBITED"),
        ([pair(("SDN", ""), ("EL", ""))], "PROHIBITED"),
        ([pair(("EL", ""))], "LICENSE_REQUIRED"),
        ([pair(("MEU", "")), pair(("UVL", ""))], "LICENSE_REQUIRED"),
        ([pair(("UVL", ""))], "NO_EXCEPTIONS"),
        ([pair(("HOUSE", "IS_INFORMED"))], "LICENSE_REQUIRED"),
        ([pair(("HOUSE", "RED_FLAG"))], "RED_FLAG"),
        ([pair(("SSI", ""))], "RED_FLAG"),
        ([pair()], "RED_FLAG"),
    ],
)
def test_outcome_is_the_gravest_and_never_a_bare_clear(pairs, code):
    assert outcome_of(pairs).code == code
    assert "clear" not in outcome_of(pairs).words.lower()


def test_every_list_has_an_effect():
    assert {code for code in ListCode.values if code != "HOUSE"} == outcomes.EFFECTS.keys()


def test_conclude_says_nothing_while_the_screening_is_not_current(officer, kestrel, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    told = screening.conclude(party, on=now.date())
    assert (told.state, told.outcome, told.run) == ("missing", None, None)


def test_conclude_follows_the_judgment_and_its_end(officer, approver, kestrel, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)

    def code(on=now):
        return screening.conclude(party, on=on.date()).outcome.code

    assert code() == "RED_FLAG"
    hit = hits.propose(hit=party.hits.get(), outcome="false_positive", reason="different_place",
                       differing_fact="Emden", by=officer, at=now)  # fmt: skip
    hits.agree(hit=hit, by=approver, at=now)
    assert (code(), code(now + timedelta(days=180))) == ("NO_MATCH_NAME_ONLY", "RED_FLAG")
    hits.reopen(hit=hit, reason="New letterhead", by=officer, at=now)
    hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    assert code() == "LICENSE_REQUIRED"
    [reason] = screening.conclude(party, on=now.date()).outcome.reasons
    assert reason.startswith(f"{NAME}, EL: License required as the entry says")


def test_the_api_tells_outcome_reasons_lists_engine_and_runs(api, officer, approver, kestrel, now, drain):
    kestrel()
    drain()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    url = f"/api/v1/parties/{party.pk}/screening/"
    before = api(officer).get(url).json()
    assert (before["state"], before["outcome"], before["runs"]) == ("missing", None, [])
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    told = api(officer).get(url).json()
    assert (told["state"], told["outcome"], told["open_hits"]) == ("current", "RED_FLAG", 1)
    assert told["reasons"] == [f"Possible match, not judged: {NAME}"]
    assert (told["list_versions"], told["engine"].startswith("engine ")) == ({"csl": 1}, True)
    assert [run["trigger"] for run in told["runs"]] == ["manual"]
    hit = party.hits.get()
    steps = api(officer).get(f"/api/v1/hits/{hit.pk}/history/").json()
    assert [step["verb"] for step in steps] == ["hit.opened"]
    hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    said = {
        role: api(officer).get(url, {"role": role}).json()["outcome"] for role in ("", "end_user", "bank")
    }
    assert said == {"": "LICENSE_REQUIRED", "end_user": "LICENSE_REQUIRED", "bank": "RED_FLAG"}
    assert api(officer).get(url, {"role": "uncle"}).status_code == 400


# Role and ownership

SUSPENDED, RETURNED = date(2026, 8, 6), date(2026, 11, 10)


def owner(share, *lists, owners=()):
    return Owner("Holding", None if share is None else Decimal(share), frozenset(lists), owners)


@pytest.mark.parametrize(
    ("role", "code", "outcome"),
    [
        ("end_user", "EL", LICENSE_REQUIRED), ("freight_forwarder", "EL", LICENSE_REQUIRED),
        ("", "EL", LICENSE_REQUIRED), ("bank", "EL", RED_FLAG), ("applicant", "MEU", RED_FLAG),
        ("bank", "DPL", PROHIBITED), ("carrier", "SDN", PROHIBITED),
        ("manufacturer", "UVL", NO_EXCEPTIONS),
    ],
)  # fmt: skip
def test_the_role_decides_what_the_entity_list_asks(role, code, outcome):
    told = outcome_of([Told("An entry", [(code, "")], "closed", "true_match")], role=role)
    assert told.code == outcome


@pytest.mark.parametrize(
    ("owners", "on", "code", "words"),
    [
        ([owner(50, "SDN")], SUSPENDED, PROHIBITED, "treated as blocked"),
        ([owner(25, "SDN"), owner(25, "SDN")], SUSPENDED, PROHIBITED, "Owned 50 %"),
        ([owner("49.99", "SDN")], SUSPENDED, RED_FLAG, "below 50 %"),
        ([owner(None, "SDN")], SUSPENDED, RED_FLAG, "Red Flag 29"),
        ([owner(60, owners=(owner(50, "SDN"),))], SUSPENDED, PROHIBITED, "Owned 60 %"),
        ([owner(60, owners=(owner(49, "SDN"),))], SUSPENDED, RED_FLAG, "Owned 0 %"),
        ([owner(80, "EL")], SUSPENDED, RED_FLAG, "suspended"),
        ([owner(80, "EL")], RETURNED, LICENSE_REQUIRED, "extension was not checked"),
        ([owner(80, "EL")], date(2025, 9, 29), LICENSE_REQUIRED, "90 FR 47201"),
        ([owner(80, "EL")], date(2025, 9, 28), RED_FLAG, "not in force"),
        ([owner(80, "UVL")], RETURNED, NO_MATCH_NAME_ONLY, ""),
    ],
)
def test_known_stakes_lead_to_an_outcome(owners, on, code, words):
    told = outcome_of([], owners=owners, on=on)
    assert told.code == code
    assert any(words in reason for reason in told.reasons) or not words


def test_the_affiliates_rule_reaches_foreign_entities_in_a_role_that_triggers():
    assert outcome_of([], owners=[owner(80, "EL")], on=RETURNED, country="US").code == RED_FLAG
    assert outcome_of([], owners=[owner(80, "EL")], on=RETURNED, role="bank").code == RED_FLAG


def test_the_days_of_the_rule_are_those_of_the_determination():
    path = Path(licenses.determination.__file__).parent / "files" / "intervals.csv"
    with path.open(newline="") as stream:
        rows = [row for row in csv.reader(stream) if row[0] == "affiliates"]
    told = [(date.fromisoformat(row[2]), row[1] == "in force", row[4]) for row in rows]
    assert told == [(one.since, one.in_force, one.citation) for one in RULE]
