from datetime import timedelta

import pytest

from entities import hits, outcomes, screening
from entities.models import ListCode
from entities.outcomes import Told, outcome_of
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


def test_the_api_tells_outcome_reasons_lists_engine_and_runs(api, officer, kestrel, now, drain):
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
