"""The queue: risk order, filters, kept views, assignment, identical pairs; escalation, undo, duties, masking."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from entities import alike, duties, hits, masking, rechecks, screening, workdays
from entities.models import Duty, FullView, Hit, HitStatus
from exportctl import audit, people
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import SavedView
from tests.factories import make_party

from .conftest import data_of, el, head, many, sdn, verbs_after

NAME = "Kestrel Avionics Research Institute"
DIFFERENT: dict[str, Any] = {
    "outcome": "false_positive", "reason": "different_place", "differing_fact": "Emden",
}  # fmt: skip


@pytest.fixture
def publish(csl, write, now):
    """`publish(rows)`: a list in force."""
    from entities import lists

    def put(rows, name="list.json"):
        return lists.stage(source=csl, path=write([*rows, *many(20, start=500)], name=name),
                           by=people.job_user("import"), at=now, effective_on=now.date())  # fmt: skip

    return put


@pytest.fixture
def found(officer, now):
    """`found(name, country)`: a party of that name, screened; its hits by risk."""

    def screen(name=NAME, country="DE", **facts):
        party = make_party(by=officer, at=now, name=name, country=country, **facts)
        screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
        return list(party.hits.by_risk())

    return screen


@pytest.fixture
def hit(publish, found):
    publish([sdn(1, NAME, type="Individual", dates_of_birth=["1960-03-12"],
                 ids=[{"type": "Passport", "number": "X4711552", "country": "IR"}])])  # fmt: skip
    return found(kind="individual", identifiers=[{"kind": "Passport", "value": "C01X00T47"}])[0]


def rows_of(answer):
    return [one.pk for one in answer.context["page"].object_list]


def test_equal_scores_stand_by_gravity_then_age_then_key(publish, found, officer, signed):
    publish([el(NAME), sdn(1, NAME)])
    first, second = found()
    assert (first.score, first.risk, second.score, second.risk) == (second.score, 4, first.score, 3)
    other = found()
    page = signed(officer).get(reverse("entities:hits"))
    assert rows_of(page) == [first.pk, other[0].pk, second.pk, other[1].pk]
    shown = signed(officer).get(reverse("entities:hit", args=[other[0].pk])).context
    assert (shown["previous"], shown["next"], shown["place"]) == (first.pk, second.pk, 2)


def test_filters_narrow_and_bands_count_by_target(publish, found, officer, approver, signed, now):
    publish([el(NAME), sdn(1, NAME)])
    one, two = found()
    hits.assign(hit=one, to=officer, by=officer, at=now)
    client = signed(officer)
    url = reverse("entities:hits")
    with time_machine.travel(now + timedelta(days=4), tick=False):
        assert [band["number"] for band in client.get(url).context["bands"]] == [2, 0, 0]
        assert rows_of(client.get(url, {"due": "late", "who": "me"})) == [one.pk]
        assert rows_of(client.get(url, {"due": "today"})) == []
    assert rows_of(client.get(url, {"who": "nobody"})) == [two.pk]
    assert rows_of(client.get(url, {"list": "EL"})) == [two.pk]
    assert rows_of(client.get(url, {"status": "escalated"})) == []
    assert rows_of(client.get(url, {"by": "family"})) == [one.pk, two.pk]


def test_a_kept_view_is_a_tab_with_its_count_and_an_address(publish, found, officer, signed):
    publish([el(NAME), sdn(1, NAME)])
    found()
    client = signed(officer)
    client.post(reverse("entities:hits-view"), {"name": "Entity List", "here": "list=EL&page=2"})
    view = SavedView.objects.get()
    assert (view.query, view.user) == ("list=EL", officer)
    tabs = client.get(reverse("entities:hits"), {"list": "EL"}).context["tabs"]
    assert [(tab["words"], tab["count"], tab["current"]) for tab in tabs] == [
        ("To judge", None, False), ("Entity List", 1, True),
    ]  # fmt: skip
    client.post(reverse("entities:view-drop", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_assign_stops_at_the_work_limit_and_tells_each_refusal(
    publish, found, officer, officer2, signed, settings
):
    settings.HITS_AT_HAND = 1
    publish([el(NAME), sdn(1, NAME)])
    pair = found()
    before = head()
    answer = signed(officer).post(
        reverse("entities:hits-assign"), {"row": [one.pk for one in pair], "to": officer2.pk}, follow=True
    )
    assert Hit.objects.filter(assigned_to=officer2).count() == 1
    assert verbs_after(before) == ["hit.assigned"]
    page = answer.content.decode()
    assert "1 of 2 assigned to" in page
    assert "the most one person may have" in page


def test_identical_pairs_are_recorded_together_each_row_on_its_own(
    publish, found, officer, approver, signed, now
):
    publish([sdn(1, NAME)])
    [one], [two], [other] = found(), found(), found(country="FR")
    assert one.fingerprint == two.fingerprint != other.fingerprint
    rows = alike.preview([one, two, other], officer, at=now)
    assert [(row.hit, row.ok) for row in rows] == [(one, True), (two, True), (other, False)]
    client, url = signed(officer), reverse("entities:hits-alike")
    picked = {"row": [one.pk, two.pk, other.pk]}
    assert b"Record 2 false positives" in client.post(url, picked).content
    hits.propose(hit=two, **DIFFERENT, by=approver, at=now)  # somebody was quicker
    sent = {"row": [one.pk, two.pk], "confirm": "1", "fingerprint": one.fingerprint,
            "reason": "different_place", "differing_fact": "Emden, not Tehran"}  # fmt: skip
    page = client.post(url, sent).content.decode()
    assert "Waits for a second person" in page
    assert "Stays behind" in page or "Not done" in page
    assert [Hit.objects.get(pk=each.pk).status for each in (one, two, other)] == [
        "proposed",
        "proposed",
        "open",
    ]
    [late] = alike.record([other], fingerprint=one.fingerprint, reason="different_place", differing_fact="x",
                          by=officer, at=now)  # fmt: skip
    assert (late.ok, late.why) == (False, "Its facts are not those of the preview.")


def test_a_review_band_hit_off_the_four_lists_is_recorded_by_one_person(
    publish, found, officer, now, settings
):
    publish([el(NAME)])
    hit = found("Kestrel Avionics")[0]
    assert hit.band == "review"
    assert hits.propose(hit=hit, **DIFFERENT, by=officer, at=now).status == "proposed"  # the Entity List asks
    hits.undo(hit=hit, by=officer, at=now)
    settings.SECOND_PERSON_LISTS = []
    before = head()
    done = hits.propose(hit=Hit.objects.get(pk=hit.pk), **DIFFERENT, by=officer, at=now)
    assert (done.status, done.agreed_by, done.expires_on) == (
        "closed",
        None,
        now.date() + timedelta(days=365),
    )
    assert verbs_after(before) == ["hit.proposed", "hit.closed"]


@pytest.mark.parametrize("row", [el(NAME), sdn(1, NAME)])
def test_no_setting_turns_off_the_second_person_in_the_strong_band(
    row, publish, found, officer, now, settings
):
    settings.SECOND_PERSON_LISTS = []
    publish([row])
    hit = found()[0]
    assert hit.band == "strong"
    assert hits.propose(hit=hit, **DIFFERENT, by=officer, at=now).status == "proposed"


def test_escalate_hands_it_to_a_named_person_who_alone_judges_it(
    hit, officer, officer2, approver, now, signed
):
    with pytest.raises(Invalid) as refused:
        hits.escalate(hit=hit, reason="whim", note=" ", to=officer2, by=officer, at=now)
    assert [one.field for one in refused.value.blockers] == ["reason", "note", "to"]
    signed(officer).post(
        reverse("entities:hit-escalate", args=[hit.pk]),
        {"reason": "legal_question", "note": "Same group?", "to": approver.pk},
    )
    hit.refresh_from_db()
    assert (hit.status, hit.escalated_to, hit.escalated_by) == ("escalated", approver, officer)
    with pytest.raises(Refused) as refused_again:
        hits.propose(hit=hit, **DIFFERENT, by=officer2, at=now)
    assert refused_again.value.blockers[0].code == "escalated"
    assert "Same group?" in signed(approver).get(reverse("entities:hit", args=[hit.pk])).content.decode()
    assert hits.propose(hit=hit, **DIFFERENT, by=approver, at=now).escalated_to is None


def test_hand_back_by_who_has_it_or_who_gave_it(hit, officer, officer2, approver, now):
    hits.escalate(hit=hit, reason="cannot_tell", note="No papers", by=officer, at=now)
    with pytest.raises(Refused):
        hits.hand_back(hit=hit, reason="Mine", by=officer2, at=now)
    assert hits.hand_back(hit=hit, reason="Found them", by=officer, at=now).status == "open"
    assert data_of("hit.handed_back")["why"] == "Found them"


def test_undo_takes_ones_own_last_step_back_within_ten_minutes(hit, officer, approver, now):
    hits.propose(hit=hit, **DIFFERENT, by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    for by, at, code in ((officer, now, "not_yours"), (approver, now + timedelta(minutes=11), "too_late")):
        with pytest.raises(Refused) as refused:
            hits.undo(hit=hit, by=by, at=at)
        assert refused.value.blockers[0].code == code
    before = head()
    assert hits.undo(hit=hit, by=approver, at=now + timedelta(minutes=9)).status == "proposed"
    assert hits.undo(hit=hit, by=officer, at=now + timedelta(minutes=9)).status == "open"
    assert verbs_after(before) == ["hit.undone", "hit.undone"]
    assert data_of("hit.undone")["was"]["differing_fact"] == "Emden"


def test_clearing_offers_its_undo_on_the_next_page(hit, officer, signed):
    client = signed(officer)
    answer = client.post(
        reverse("entities:hit-propose", args=[hit.pk]), {**DIFFERENT, "note": ""}, follow=True
    )
    assert f'action="{reverse("entities:hit-undo", args=[hit.pk])}"' in answer.content.decode()
    client.post(reverse("entities:hit-undo", args=[hit.pk]))
    assert Hit.objects.get(pk=hit.pk).status == HitStatus.OPEN


def test_numbers_of_persons_are_masked_until_somebody_asks_and_that_is_logged(hit, officer, auditor, signed):
    client, url = signed(officer), reverse("entities:hit", args=[hit.pk])
    page = client.get(url).content.decode()
    assert "C01X00T47" not in page
    assert "X4711552" not in page
    assert "1960" not in page
    full = client.post(reverse("entities:hit-full", args=[hit.pk])).content.decode()
    assert "C01X00T47" in full
    assert "X4711552" in full
    assert [(view.user, view.hit) for view in FullView.objects.all()] == [(officer, hit)]
    assert "X4711552" not in client.get(url).content.decode()
    assert signed(auditor).post(reverse("entities:hit-full", args=[hit.pk])).status_code == 403


def test_the_api_masks_the_numbers_of_persons_too(hit, officer, api):
    told = api(officer).get(f"/api/v1/hits/{hit.pk}/").content.decode()
    assert "X4711552" not in told
    assert "C01X00T47" not in told
    assert "1960-03-12" not in told
    assert "••••••52" in told


def test_masked_leaves_the_last_two():
    assert masking.masked("Passport X4711552") == "•••••••• ••••••52"
    assert masking.masked("12") == "••"


@pytest.fixture
def confirmed(publish, found, officer, approver, now):
    """`confirmed(row)`: a true match on that entry, agreed to by two people."""

    def make(row):
        publish([row])
        hit = found(row["name"])[0]
        hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
        return hits.agree(hit=hit, by=approver, at=now)

    return make


@pytest.mark.parametrize(
    ("row", "kind", "days"),
    [
        (sdn(1, NAME), "ofac_report", 10),
        ({**el(NAME), "source": "Unverified List (UVL) - Bureau of Industry and Security"}, "uvl_statement", 5),
        ({**el(NAME), "source": "Denied Persons List (DPL) - Bureau of Industry and Security",
          "standard_order": "N"}, "order_reading", 2),
        ({**sdn(1, NAME), "source": "Sectoral Sanctions Identifications List (SSI) - Treasury Department"},
         "ssi_directive", 3),
    ],
)  # fmt: skip
def test_a_true_match_opens_its_task_with_its_day(row, kind, days, confirmed, officer, now, signed):
    hit = confirmed(row)
    duty = Duty.objects.get()
    assert (duty.kind, duty.due_on) == (kind, workdays.add(now.date(), days))
    assert data_of("duty.opened")["kind"] == kind
    client = signed(officer)
    url = reverse("entities:duty", args=[duty.pk])
    assert client.post(url, {"result": " "}).status_code == 400
    assert client.post(url, {"result": "Filed under 4711"}).status_code == 302
    duty.refresh_from_db()
    assert (duty.result, duty.done_by) == ("Filed under 4711", officer)
    with pytest.raises(Refused):
        duties.complete(duty=duty, result="Again", by=officer, at=now)
    assert hit.duties.count() == 1


def test_a_standard_denial_order_needs_no_reading_and_a_match_that_falls_drops_its_task(
    confirmed, approver, now
):
    dpl = {**el(NAME), "source": "Denied Persons List (DPL) - Bureau of Industry and Security"}
    hit = confirmed({**dpl, "standard_order": "Y"})
    assert not Duty.objects.exists()
    hits.reopen(hit=hit, reason="Look again", by=approver, at=now)


def test_undo_of_an_agreement_drops_the_task(confirmed, approver, now):
    hit = confirmed(sdn(1, NAME))
    hits.undo(hit=hit, by=approver, at=now)
    assert Duty.objects.get().dropped_at == now
    assert data_of("duty.dropped")["kind"] == "ofac_report"


def test_business_days_pass_over_weekends_and_federal_holidays():
    assert workdays.add(date(2026, 7, 1), 1) == date(2026, 7, 2)
    assert workdays.add(date(2026, 7, 2), 1) == date(2026, 7, 6)  # July 4 falls on a Saturday, kept on Friday
    assert workdays.add(date(2026, 11, 25), 2) == date(2026, 11, 30)  # Thanksgiving, then the weekend
    assert workdays.add(date(2026, 12, 31), 1) == date(2027, 1, 4)


def test_a_blind_look_shows_nothing_of_the_judgment_and_another_outcome_opens_the_hit(
    hit, officer, officer2, approver, signed, now
):
    hits.propose(hit=hit, **DIFFERENT, by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    [drawn] = rechecks.sample(count=5, by=approver, at=now, seed=1)
    with pytest.raises(Refused):
        rechecks.sample(count=5, by=approver, at=now)
    for by in (officer, approver):
        with pytest.raises(Refused):
            rechecks.answer(recheck=drawn, outcome="true_match", by=by, at=now)
        assert not rechecks.to_look_at(by).exists()
    client, url = signed(officer2), reverse("entities:look", args=[drawn.pk])
    page = client.get(url).content.decode()
    assert "Emden" not in page
    assert str(officer) not in page
    assert client.post(url, {"outcome": "true_match", "note": "Same number"}).status_code == 302
    assert Hit.objects.get(pk=hit.pk).status == HitStatus.OPEN
    told = rechecks.blind(since=timezone.now() - timedelta(days=4000))
    assert (told.same, told.both) == (0, 1)
    assert "0" in signed(approver).get(reverse("entities:agreement")).content.decode()


def test_agreement_is_more_than_chance():
    same, other = ("a", "a"), ("a", "b")
    assert rechecks.agreement({}) == rechecks.Agreement(0, 0)
    assert rechecks.agreement({same: 20, ("b", "b"): 15, other: 5, ("b", "a"): 10}).kappa == 0.4
    assert rechecks.agreement({same: 3}).kappa is None


# Denial orders past their end

DPL = {
    **el(NAME),
    "source": "Denied Persons List (DPL) - Bureau of Industry and Security",
    "standard_order": "Y",
}
ORDER_END = date(2026, 9, 1)
SEARCHED = "Searched the Federal Register to September 3: no renewal, 91 FR 12345 is the last notice."


@pytest.fixture
def robot(db):
    return people.job_user("screening")


@pytest.fixture
def denied(confirmed):
    """A true match on a denial order that ends on September 1."""
    return confirmed({**DPL, "end_date": ORDER_END.isoformat()})


def moment(day: int, month: int = 9):
    return timezone.make_aware(timezone.datetime(2026, month, day, 12))


def unjudged(hit, day):
    return Hit.objects.filter(pk=hit.pk).unjudged(on=date(2026, 9, day)).exists()


def test_a_denial_order_past_its_end_is_open_again_by_its_date_alone(denied):
    assert not Hit.objects.filter(pk=denied.pk).unjudged(on=date(2026, 8, 31)).exists()
    assert unjudged(denied, 1)
    told = screening.conclude(denied.party, on=ORDER_END)
    assert told.outcome.code == "PROHIBITED"
    assert any("nothing is released until a fresh list" in reason for reason in told.outcome.reasons)
    assert len(screening.conclude(denied.party, on=date(2026, 8, 31)).outcome.reasons) == 1
    assert Hit.objects.denied(on=date(2026, 10, 1)).get() == denied
    assert not Duty.objects.exists()  # nobody had to run anything for it


def test_the_review_of_an_ended_order_opens_once_with_its_day(denied, robot):
    assert duties.review_ended(by=robot, at=moment(31, 8)) == []
    [duty] = duties.review_ended(by=robot, at=moment(1))
    assert (duty.kind, duty.concerns_on, duty.due_on) == ("order_ended", ORDER_END, date(2026, 9, 3))
    assert data_of("duty.opened")["ended_on"] == "2026-09-01"
    assert duties.review_ended(by=robot, at=moment(2)) == []


def test_the_end_is_confirmed_by_a_fresh_list_and_the_federal_register(denied, robot, officer, csl, signed):
    [duty] = duties.review_ended(by=robot, at=moment(1))
    before = head()
    with pytest.raises(Refused) as refused:
        duties.complete(duty=duty, result="It is over.", by=officer, at=moment(3))
    assert [one.code for one in refused.value.blockers] == ["list_stale", "register_missing"]
    page = signed(officer).post(reverse("entities:duty", args=[duty.pk]), {"result": "It is over."})
    assert page.status_code == 409
    assert "Import a fresh list first" in page.content.decode()
    assert head() == before
    csl.refresh_from_db()
    csl.checked_at = moment(3)
    csl.save()
    duties.complete(duty=duty, result=SEARCHED, by=officer, at=moment(3))
    assert not unjudged(denied, 3)
    assert not Hit.objects.denied(on=date(2026, 9, 3)).exists()
    assert duties.review_ended(by=robot, at=moment(4)) == []


def test_a_match_on_an_order_that_has_ended_already_opens_its_review_at_once(confirmed, now):
    hit = confirmed({**DPL, "end_date": "2026-08-03"})
    duty = hit.duties.get()
    assert (duty.kind, duty.due_on, duty.opened_at) == ("order_ended", date(2026, 8, 5), now)
    assert duty.result == ""


def test_a_renewed_order_drops_the_review_and_opens_another_at_its_new_end(denied, robot):
    [first] = duties.review_ended(by=robot, at=moment(1))
    listing = denied.listed_party.listings.get()
    listing.ended_on = date(2026, 9, 20)
    listing.save()
    assert not unjudged(denied, 10)
    assert duties.review_ended(by=robot, at=moment(10)) == []
    first.refresh_from_db()
    assert first.dropped_at == moment(10)
    [second] = duties.review_ended(by=robot, at=moment(20))
    assert second.concerns_on == date(2026, 9, 20)


def test_an_order_that_left_its_list_opens_its_match_with_the_search_it_asks_for(denied, robot, csl, now):
    listing = denied.listed_party.listings.get()
    listing.removed_in = csl.versions.latest("number")
    listing.save()
    with audit.action(by=robot, at=now) as log:
        hits.reopen_ended([denied.listed_party_id], why="the entry left its list", log=log)
    denied.refresh_from_db()
    assert (denied.status, denied.reopened_why) == (
        "open",
        "the entry left its list; search the Federal Register for a renewal of the denial order before it is judged",
    )
    assert Hit.objects.filter(pk=denied.pk).unjudged(on=now.date()).exists()


def test_review_ended_keeps_nothing_when_the_event_cannot_be_written(denied, robot, refusing_log):
    with refusing_log(), pytest.raises(Exception, match="no event today"):
        duties.review_ended(by=robot, at=moment(1))
    assert not Duty.objects.exists()


def test_review_ended_is_no_persons_work_without_the_right(denied, auditor):
    with pytest.raises(NotAllowed):
        duties.review_ended(by=auditor, at=moment(1))


# Columns, files, views of other lists


def read_csv(answer):
    import csv
    import io

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_csv_is_exactly_what_is_shown_and_on_record(publish, found, officer, reviewer, signed, now):
    publish([el(NAME), sdn(1, NAME)])
    first, second = found()
    found(name="=SUM(1) Kestrel Avionics Research Institute")
    client, url = signed(officer), reverse("entities:hits")
    client.post(
        reverse("entities:hits-columns"), {"column": ["score", "opened", "nonsense"], "here": "list=SDN"}
    )
    page = client.get(url, {"list": "SDN"})
    head_row, *rows = read_csv(client.get(url, {"list": "SDN", "format": "csv"}))
    assert head_row == ["Our party", "Reference", "Country", "List entry", "Lists", "Score", "Opened"]
    assert [row[1] for row in rows] == [hit.party.reference for hit in page.context["page"].object_list]
    assert rows[0][:6] == [first.party.name, first.party.reference, "DE", NAME, "SDN", str(first.score)]
    assert any(row[0].startswith("'=") for row in rows)
    told = data_of("report.exported")
    assert (told["report"], told["format"], told["filters"]) == ("hits", "csv", {"list": "SDN"})
    assert data_of("report.finished")["rows"] == len(rows)
    assert signed(reviewer).get(url, {"format": "csv"}).status_code == 403


def test_columns_are_kept_for_the_person(publish, found, officer, officer2, signed):
    publish([el(NAME)])
    found()
    client, url = signed(officer), reverse("entities:hits")
    assert client.get(url).context["chosen"] == ["due", "score", "state", "held"]
    client.post(reverse("entities:hits-columns"), {"column": ["family", "score"]})
    page = signed(officer).get(url)  # another session
    assert page.context["chosen"] == ["score", "family"]
    assert '<th scope="col">Family</th>' in page.content.decode()
    assert "Held by</th>" not in page.content.decode()
    assert signed(officer2).get(url).context["chosen"] == ["due", "score", "state", "held"]
    assert [tab["words"] for tab in page.context["tabs"]] == ["To judge"]


@pytest.mark.parametrize(
    ("page", "keep", "query", "count"),
    [
        ("entities:parties", "entities:parties-view", "country=DE", 1),
        ("entities:entries", "entities:entries-view", "list=EL", 1),
    ],
)
def test_other_lists_keep_views_too(page, keep, query, count, publish, found, officer, officer2, signed):
    publish([el(NAME)])
    found()
    client = signed(officer)
    assert client.post(reverse(keep), {"name": "Mine", "here": query}).url == f"{reverse(page)}?{query}"
    view = SavedView.objects.get()
    assert (view.page, view.query) == (page, query)
    tabs = client.get(f"{reverse(page)}?{query}").context["tabs"]
    assert [(tab["words"], tab["count"], tab["current"]) for tab in tabs][1:] == [("Mine", count, True)]
    assert signed(officer2).post(reverse("entities:view-drop", args=[view.pk])).status_code == 404
    assert client.post(reverse("entities:view-drop", args=[view.pk])).url == reverse(page)
    assert not SavedView.objects.exists()
