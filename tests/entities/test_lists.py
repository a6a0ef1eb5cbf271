import gzip
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import Error, connection

from entities import formats, lists
from entities.models import ListChange, ListedParty, Listing, ListSource, ListVersion, VersionState, WhenStale
from exportctl.errors import Invalid, NotAllowed, Refused

from .conftest import data_of, el, head, many, sdn, verbs_after

ON = date(2026, 8, 1)


@pytest.fixture
def manager(lists):
    """The fixture `lists` of the suite is a person; here it would hide the module."""
    return lists


@pytest.fixture
def manager2(person):
    return person("lists2", "list_manager")


@pytest.fixture
def stage(csl, manager, now):
    def run(path, *, by=None, at=now, on=ON):
        return lists.stage(source=csl, path=path, by=by or manager, at=at, effective_on=on)

    return run


def in_force(code="csl"):
    return sorted(
        Listing.objects.filter(listed_party__source=code, removed_in=None).values_list(
            "listed_party__name", flat=True
        )
    )


def test_stage_first_version_is_published_whole(stage, write, csl):
    before = head()
    version = stage(write([el("Alpha Radio", alt_names=["阿尔法"]), sdn(7, "Beta Shipping")]))
    assert (version.state, version.number, version.rows, version.added) == ("published", 1, 2, 2)
    assert verbs_after(before) == ["list.published"]
    assert data_of("list.published")["rows"] == 2
    csl.refresh_from_db()
    assert csl.current == version
    alpha = ListedParty.objects.get(key="EL:alpha radio:CN")
    assert alpha.names == [{"text": "阿尔法", "kind": "original"}]
    listing = alpha.listings.get()
    assert (listing.list, listing.policy_code, listing.requirement_code) == ("EL", "PD", "ALL_EAR")
    assert (listing.published_on, listing.effective_on, listing.citations) == (
        date(2019, 5, 21),
        None,
        ["84 FR 22961"],
    )
    assert ListedParty.objects.get(key="SDN:7").remarks == "Programs: NPWMD"


def test_stage_the_same_file_again_writes_no_row(stage, write, now):
    path = write([el("Alpha")])
    version = stage(path)
    before = head()
    assert stage(path, at=now + timedelta(days=1)) == version
    assert verbs_after(before) == ["list.unchanged"]
    assert ListVersion.objects.count() == 1
    assert ListSource.objects.get(pk="csl").checked_at == now + timedelta(days=1)


def test_stage_rows_in_another_order_with_another_stamp_are_unchanged(stage, write):
    version = stage(write([el("Alpha"), el("Beta"), sdn(1, "Gamma")]))
    before = head()
    shuffled = [sdn(1, " Gamma ", id="999"), el("Beta  "), el("Alpha", id="abc")]
    assert stage(write(shuffled, stamp="2026-08-02T05:00:00Z", name="next.json")) == version
    assert verbs_after(before) == ["list.unchanged"]
    assert list(ListedParty.objects.values_list("changed_in__number", flat=True).distinct()) == [1]


def test_stage_counts_and_tells_what_changed(stage, write):
    rows = [el(f"Firm {n}") for n in range(10)]
    stage(write(rows))
    rows[0]["license_policy"] = "Case-by-case basis"
    version = stage(write([*rows[:-1], el("Newcomer")], name="2.json"), on=date(2026, 8, 2))
    assert (version.state, version.added, version.removed, version.changed) == ("published", 1, 1, 1)
    told = [(one.kind, one.name) for one in lists.difference(version)]
    assert told == [("added", "Newcomer"), ("changed", "Firm 0"), ("removed", "Firm 9")]
    assert [one["field"] for one in ListChange.objects.get(kind="changed").fields] == [
        "policy_code",
        "policy_text",
    ]
    assert Listing.objects.get(listed_party__name="Firm 0").policy_code == "CBC"
    gone = Listing.objects.get(listed_party__name="Firm 9")
    assert (gone.missing_in, gone.removed_in, gone.ended_on) == (version, None, None)


def test_stage_a_second_file_without_an_entry_ends_it_from_the_first_one(stage, write):
    rows = [el(f"Firm {n}") for n in range(10)]
    stage(write(rows))
    stage(write(rows[:-1], name="2.json"), on=date(2026, 8, 2))
    version = stage(write(rows[:-1], name="3.json", stamp="2026-08-05T05:00:00Z"), on=date(2026, 8, 5))
    assert (version.number, version.removed, version.ended) == (3, 0, 1)
    gone = Listing.objects.get(listed_party__name="Firm 9")
    assert (gone.removed_in, gone.ended_on) == (version, date(2026, 8, 2))
    assert ListedParty.objects.as_of(date(2026, 8, 1)).filter(name="Firm 9").exists()
    assert not ListedParty.objects.as_of(date(2026, 8, 2)).filter(name="Firm 9").exists()


def test_stage_an_entry_that_comes_back_keeps_its_identity(stage, write):
    rows = [el(f"Firm {n}") for n in range(10)]
    stage(write(rows))
    first = ListedParty.objects.get(name="Firm 9").pk
    stage(write(rows[:-1], name="2.json"))
    version = stage(write(rows, name="3.json"))
    assert version.added == 1
    again = ListedParty.objects.get(name="Firm 9")
    assert again.pk == first
    assert list(again.listings.values_list("added_in__number", "removed_in__number", "missing_in")) == [
        (1, None, None)
    ]


def test_stage_an_entry_that_comes_back_after_its_end_has_a_second_listing(stage, write):
    rows = [el(f"Firm {n}") for n in range(10)]
    stage(write(rows))
    for day in (2, 3):
        stage(write(rows[:-1], name=f"{day}.json", stamp=f"2026-08-0{day}"), on=date(2026, 8, day))
    stage(write(rows, name="4.json"), on=date(2026, 8, 4))
    found = Listing.objects.filter(listed_party__name="Firm 9").order_by("pk")
    assert list(found.values_list("added_in__number", "removed_in__number", "ended_on")) == [
        (1, 3, date(2026, 8, 2)),
        (4, None, None),
    ]


def test_stage_the_same_file_again_is_no_second_file_without_an_entry(stage, write):
    rows = [el(f"Firm {n}") for n in range(10)]
    stage(write(rows))
    path = write(rows[:-1], name="2.json")
    version = stage(path, on=date(2026, 8, 2))
    assert stage(path, on=date(2026, 8, 3)) == version
    assert in_force() == sorted(f"Firm {n}" for n in range(10))


def test_stage_a_list_of_another_source_is_refused(stage, write, monkeypatch):
    narrow = replace(formats.FORMATS["csl"], lists=frozenset({"EL"}))
    monkeypatch.setitem(formats.FORMATS, "csl", narrow)
    with pytest.raises(Invalid, match="does not belong to this source"):
        stage(write([el("Alpha"), sdn(1, "Beta")]))


@pytest.mark.parametrize(
    ("rows", "check"),
    [
        (many(79), "SDN: rows removed"),
        (many(121), "SDN: growth"),
        ([sdn(n, f"Renamed {n}") for n in range(31)] + many(69, start=31), "SDN: rows changed"),
    ],
)
def test_stage_past_a_limit_is_held_and_nobody_sees_it(stage, write, rows, check):
    first = stage(write(many(100)))
    before, seen = head(), in_force()
    held = stage(write(rows, name="2.json"))
    assert (held.state, held.number) == ("held", 2)
    assert [one["check"] for one in held.verdict if not one["passed"]] == [check]
    assert verbs_after(before) == ["list.held"]
    assert in_force() == seen
    assert ListSource.objects.get(pk="csl").current == first
    assert lists.difference(held)
    assert stage(write(rows, name="2.json")) == held


def test_stage_at_the_limits_is_published(stage, write):
    stage(write(many(100)))
    assert stage(write(many(80), name="2.json")).state == "published"
    rows = [sdn(n, f"Renamed {n}") for n in range(24)] + many(56, start=24)
    assert stage(write(rows, name="3.json")).state == "published"
    assert stage(write([*rows, *many(16, start=80)], name="4.json")).state == "published"


def test_stage_without_a_known_list_is_refused(stage, write):
    stage(write([el("Alpha"), sdn(1, "Beta")]))
    before = head()
    with pytest.raises(Invalid) as refused:
        stage(write([el("Alpha")], name="half.json"))
    [blocker] = refused.value.blockers
    assert (blocker.field, blocker.message) == (
        "file",
        "half.json, column source: a known list is missing: SDN.",
    )
    assert blocker.remedy
    assert verbs_after(before) == ["list.refused"]
    assert in_force() == ["Alpha", "Beta"]


def cut_gzip(whole):
    return gzip.compress(whole)[:-20]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda whole: b"", "empty"),
        (lambda whole: whole[:-30], "cut JSON"),
        (cut_gzip, "cut off"),
        (lambda whole: whole.replace(b"Entity List (EL)", b"Enemy List (XL)"), "unknown source"),
        (lambda whole: whole.replace(b"2019-05-21", b"21 May 2019"), "is not a date"),
        (lambda whole: b'{"results": []}', "no records"),
    ],
)
def test_stage_a_broken_file_is_refused_and_the_version_in_force_stays(stage, write, tmp_path, spoil, says):
    version = stage(write([el(f"Firm {n}") for n in range(40)]))
    path = tmp_path / "broken.json"
    path.write_bytes(spoil(write([el(f"Other {n}") for n in range(40)], name="other.json").read_bytes()))
    before = head()
    with pytest.raises(Invalid) as refused:
        stage(path)
    [blocker] = refused.value.blockers
    assert blocker.message.startswith("broken.json")
    assert says in blocker.message
    assert blocker.remedy
    assert verbs_after(before) == ["list.refused"]
    assert ListSource.objects.get(pk="csl").current == version
    assert in_force() == sorted(f"Firm {n}" for n in range(40))
    assert ListVersion.objects.count() == 1


def test_stage_a_missing_file_is_refused(stage, tmp_path):
    with pytest.raises(Invalid, match="cannot be opened"):
        stage(tmp_path / "nowhere.json")


def test_stage_an_earlier_day_than_the_one_in_force_is_refused(stage, write):
    stage(write([el("Alpha")]))
    with pytest.raises(Invalid) as refused:
        stage(write([el("Alpha"), el("Beta")], name="2.json"), on=date(2026, 7, 31))
    assert refused.value.blockers[0].field == "effective_on"


def test_stage_without_the_role_is_refused(stage, write, approver):
    with pytest.raises(NotAllowed):
        stage(write([el("Alpha")]), by=approver)


def test_stage_a_source_without_files_is_refused(manager, csl, write, now):
    house = ListSource.objects.get(pk="house")
    with pytest.raises(Invalid):
        lists.stage(source=house, path=write([el("A")]), by=manager, at=now, effective_on=ON)


def test_stage_leaves_nothing_when_the_log_refuses(stage, write, refusing_log):
    path = write([el("Alpha")])
    with refusing_log(), pytest.raises(Error):
        stage(path)
    assert (ListVersion.objects.count(), ListedParty.objects.count(), Listing.objects.count()) == (0, 0, 0)
    assert stage(path).state == "published"


def test_stage_strange_text_is_stored_and_not_interpreted(stage, write):
    name = 'Tab\there \\N "quoted" \\. \u202eRTL 𝔘 \\u0000 and \x00nul'
    stage(write([el(name)]))
    assert ListedParty.objects.get().name == 'Tab here \\N "quoted" \\. \u202eRTL 𝔘 \\u0000 and nul'


def test_release_by_another_person_puts_it_in_force(stage, write, manager2, now):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    before = head()
    released = lists.release(version=held, reason="Checked against the notice.", by=manager2, at=now)
    assert (released.state, released.released_by, released.removed) == ("published", manager2, 50)
    marked = Listing.objects.filter(missing_in=released, removed_in=None)
    assert (len(in_force()), marked.count()) == (100, 50)  # in force until a second file lacks them
    assert verbs_after(before) == ["list.published"]
    assert data_of("list.published")["release_reason"] == "Checked against the notice."


def test_release_by_the_importer_is_refused(stage, write, manager, now):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    with pytest.raises(Refused) as refused:
        lists.release(version=held, reason="Mine", by=manager, at=now)
    assert [one.code for one in refused.value.blockers] == ["same_person"]
    assert [(one.action, one.allowed) for one in lists.next_actions(held, manager)] == [
        ("release", False),
        ("reject", True),
    ]
    assert len(in_force()) == 100


def test_release_says_every_blocker_at_once(stage, write, manager, now):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    with pytest.raises(Refused) as refused:
        lists.release(version=held, reason=" ", by=manager, at=now)
    assert [one.code for one in refused.value.blockers] == ["same_person", "invalid"]


def test_release_by_a_machine_or_without_the_role_is_refused(stage, write, integration, officer, now):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    for actor in (integration, officer):
        with pytest.raises(NotAllowed):
            lists.release(version=held, reason="Go", by=actor, at=now)


def test_release_of_what_a_newer_version_overtook_is_refused(stage, write, manager2, now):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    stage(write(many(101), name="3.json"))
    held.refresh_from_db()
    assert (held.state, held.release_reason) == ("refused", "Overtaken by version 3.")
    with pytest.raises(Refused) as refused:
        lists.release(version=held, reason="Late", by=manager2, at=now)
    assert refused.value.blockers[0].code == "wrong_status"
    assert len(in_force()) == 101


def test_release_without_its_file_is_refused(stage, write, manager2, now, settings):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    (settings.LIST_FILES / "csl" / held.content_hash).unlink()
    with pytest.raises(Refused, match="The kept file is gone"):
        lists.release(version=held, reason="Go", by=manager2, at=now)


def test_release_leaves_nothing_when_the_log_refuses(stage, write, manager2, now, refusing_log):
    stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    with refusing_log(), pytest.raises(Error):
        lists.release(version=held, reason="Go", by=manager2, at=now)
    assert len(in_force()) == 100
    assert ListVersion.objects.get(pk=held.pk).state == VersionState.HELD


def test_reject_keeps_the_version_in_force(stage, write, manager, now):
    first = stage(write(many(100)))
    held = stage(write(many(50), name="2.json"))
    before = head()
    lists.reject(version=held, reason="Cut file", by=manager, at=now)
    assert verbs_after(before) == ["list.rejected"]
    assert ListVersion.objects.get(pk=held.pk).state == VersionState.REFUSED
    assert ListSource.objects.get(pk="csl").current == first
    with pytest.raises(Refused):
        lists.reject(version=held, reason="Again", by=manager, at=now)


def test_current_world_names_engine_and_versions(stage, write):
    assert lists.current_world() == f"engine {lists.ENGINE}+0"
    stage(write([el("Alpha")]))
    assert lists.current_world() == f"engine {lists.ENGINE}+0; csl 1"


def test_stale_and_blocking_follow_age_and_rule(stage, write, csl, now):
    assert lists.stale(on=now.date()) == []
    stage(write([el("Alpha")]))
    assert lists.stale(on=now.date() + timedelta(days=4)) == []
    assert lists.stale(on=now.date() + timedelta(days=5)) == [csl]
    assert lists.blocking(on=now.date() + timedelta(days=5)) == []
    ListSource.objects.filter(pk="csl").update(when_stale=WhenStale.BLOCK)
    assert lists.blocking(on=now.date() + timedelta(days=5)) == [csl]
    assert lists.blocking(on=now.date() + timedelta(days=4)) == []


def test_ensure_sources_blocks_official_lists_once_syncing_is_configured(db, settings, now):
    lists.ensure_sources()
    assert set(ListSource.objects.values_list("code", "when_stale")) == {
        (code, "warn") for code in "csl ofac_sdn ofac_cons dpl bis un dtc isn seed house".split()
    }
    settings.LIST_SYNC = True
    lists.ensure_sources()
    assert [one.code for one in lists.blocking(on=now.date())] == ["csl"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_sees_half_a_version(stage, write):
    stage(write([sdn(n, f"Old name {n}") for n in range(300)] + many(700, start=300)))
    seen, stop = set(), threading.Event()

    def read():
        try:
            with connection.cursor() as cursor:
                while not stop.is_set():
                    cursor.execute(
                        "SELECT (SELECT number FROM entities_listversion v"
                        " JOIN entities_listsource s ON s.current_id = v.id"
                        " WHERE s.code = 'csl'), count(*), count(*) FILTER (WHERE p.name LIKE 'New name%%')"
                        " FROM entities_listing l JOIN entities_listedparty p ON p.id = l.listed_party_id"
                        " WHERE l.missing_in_id IS NULL"
                    )
                    seen.add(cursor.fetchone())
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        version = stage(
            write([sdn(n, f"New name {n}") for n in range(300)] + many(690, start=300), name="2.json")
        )
    finally:
        stop.set()
        reader.join()
    assert version.state == "published"
    assert seen <= {(1, 1000, 0), (2, 990, 300)}
    assert (1, 1000, 0) in seen


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_one_version_after_the_other(csl, manager, write, now):
    paths = [write([el("Alpha"), *([el("Beta")] * n)], name=f"{n}.json") for n in range(2)]
    errors = []

    def run(path):
        try:
            lists.stage(source=csl, path=path, by=manager, at=now, effective_on=ON)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(ListVersion.objects.values_list("number", flat=True)) == [1, 2]
