"""After the filing: versions with what differs, changes told, filed again, a license replaced."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from exportctl.errors import Conflict, Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import amendments, applications, decisions, items
from licenses.models import Application
from tests import factories
from tests.licenses.conftest import codes, fields

pytestmark = pytest.mark.django_db


def test_submit_keeps_version_one_and_who_certified(submitted, filer) -> None:
    case = Application.objects.get()
    first = case.versions.get()
    assert (first.number, first.changes, first.made_by, case.certified_by) == (1, [], filer, filer)
    assert first.answers["blocks"]["end_use"] == "Civil radio network."
    assert {each["role"] for each in first.answers["roles"]} == {
        "applicant",
        "ultimate_consignee",
        "end_user",
    }
    assert all(role.address_as_filed for role in case.roles.all())


def test_amend_files_a_new_version_with_what_differs(submitted, filer, now, drain) -> None:
    other = factories.make_party(by=filer, name="Lumen Reef Pte. Ltd.", country="SG")
    line = submitted.lines.get()
    row = amendments.amend(
        application=submitted, version=submitted.version, by=filer, at=now, reason="The end user changed.",
        blocks={"end_use": "Harbor radio of Singapore."},
        roles=[("ultimate_consignee", submitted.roles.get(role="end_user").party), ("end_user", other)],
        lines=[{"item": line.item, "quantity": Decimal(12), "unit_price": line.unit_price}],
    )  # fmt: skip
    assert (row.number, row.reason) == (2, "The end user changed.")
    changes = {each["field"]: (each["before"], each["after"]) for each in row.changes}
    assert set(changes) == {"end_use", "roles.end_user", "lines[0]"}
    assert changes["end_use"] == ("Civil radio network.", "Harbor radio of Singapore.")
    assert changes["roles.end_user"][1] == "Lumen Reef Pte. Ltd., SG"
    event = Event.objects.latest("seq")
    assert event.verb == "application.amended" and other.pk in event.data["data"]["parties"]
    drain()  # the new party is screened for the filing
    assert other.screenings.exists()


def test_amend_refuses_gaps_no_difference_no_reason_and_stale_forms(submitted, filer, stranger, now) -> None:
    def amend(by=filer, reason="Because.", version=submitted.version, **parts):
        return amendments.amend(application=submitted, reason=reason, version=version, by=by, at=now, **parts)

    with pytest.raises(Invalid) as refused:
        amend(reason=" ")
    assert fields(refused) == {"reason"}
    with pytest.raises(Refused) as refused:
        amend()
    assert codes(refused) == {"no_change"}
    with pytest.raises(Refused) as refused:
        amend(blocks={"end_use": ""}, lines=[])
    assert fields(refused) == {"end_use", "lines"}
    with pytest.raises(Conflict) as refused:
        amend(version=1, blocks={"end_use": "Radar."})
    assert fields(refused) == {"version", "end_use"}
    case = Application.objects.get()
    assert (case.end_use, case.versions.count(), case.version) == (
        "Civil radio network.",
        1,
        submitted.version,
    )


def test_amend_waits_for_an_open_proposal_and_ends_with_the_decision(
    registered, filer, officer, approver, now
) -> None:
    decisions.propose(application=registered, outcome="approve", justification="Fine.", by=officer, at=now)
    again = {"reason": "Late.", "blocks": {"end_use": "Other."}, "by": filer, "at": now}
    with pytest.raises(Refused) as refused:
        amendments.amend(application=registered, version=registered.version, **again)
    assert codes(refused) == {"proposal_open"}
    decisions.countersign(application=registered, by=approver, at=now)
    with pytest.raises(Refused) as refused:
        amendments.amend(application=registered, version=registered.version, **again)
    assert codes(refused) == {"wrong_status"}


def test_report_change_is_kept_after_the_license_too(license, filer, auditor, now) -> None:
    row = amendments.report_change(
        application=license.application,
        reason="The consignee was bought.",
        told_on=now.date(),
        by=filer,
        at=now,
    )
    assert (row.number, row.changes, row.told_on, row.made_at) == (2, [], now.date(), now)
    with pytest.raises(Invalid) as refused:
        amendments.report_change(
            application=license.application,
            reason="x",
            told_on=now.date() + timedelta(days=1),
            by=filer,
            at=now,
        )
    assert fields(refused) == {"told_on"}
    with pytest.raises(NotAllowed):
        amendments.report_change(application=license.application, reason="x", by=auditor, at=now)


def test_resubmit_cites_the_earlier_number(submitted, filer, now) -> None:
    with pytest.raises(Refused) as refused:
        amendments.resubmit(application=submitted, by=filer, at=now)
    assert codes(refused) == {"not_ended"}
    gone = applications.withdraw(application=submitted, by=filer, at=now)
    case = amendments.resubmit(application=gone, by=filer, at=now)
    assert (case.resubmission_acn, case.status, case.copied_from) == (submitted.number, "draft", gone)
    assert case.additional_information == f"Resubmission of {submitted.number}."
    assert {each.field for each in applications.gaps(case)} == {"already_exported", "detained"}


def test_replace_names_the_license_in_block_11(license, filer, now) -> None:
    case = amendments.replace(license=license, by=filer, at=now)
    assert (case.replacement_license, case.lines.count()) == (license.number, 1)


def test_later_edits_of_the_masters_never_change_a_filed_application(submitted, filer, officer, now) -> None:
    from entities import parties

    item, customer = submitted.lines.get().item, submitted.roles.get(role="end_user").party
    items.change(
        item=item, version=1, name="Renamed", description="Other.", manufacturer="X", by=filer, at=now
    )
    parties.change(party=customer, version=customer.facts_version, name="New Name GmbH", by=officer, at=now)
    line, role = submitted.lines.get(), submitted.roles.get(role="end_user")
    assert (line.name, line.description, line.manufacturer) != ("Renamed", "Other.", "X")
    assert (role.name_as_filed, role.party.name) == ("Nordhafen Maschinenbau GmbH", "New Name GmbH")
    amendments.amend(
        application=submitted, version=submitted.version, by=filer, at=now, reason="More.",
        roles=[(each.role, each.party) for each in submitted.roles.exclude(role="applicant")],
        lines=[{"item": item, "quantity": Decimal(11), "unit_price": Decimal(1)}],
    )  # fmt: skip
    line, role = submitted.lines.get(), submitted.roles.get(role="end_user")
    assert (line.name != "Renamed", role.name_as_filed) == (True, "Nordhafen Maschinenbau GmbH")
