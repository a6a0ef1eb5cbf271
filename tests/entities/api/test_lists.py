from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from entities import lists as list_verbs
from exportctl import people
from tests.entities.conftest import el, many, sdn


@pytest.fixture
def publish(csl, write):
    def run(rows, name, on=None):
        day = on or timezone.localdate()
        return list_verbs.stage(
            source=csl,
            path=write(rows, name=name),
            by=people.job_user("import"),
            at=timezone.now(),
            effective_on=day,
        )

    return run


def test_listed_parties_are_found_by_name_alias_list_and_group(api, publish, auditor):
    publish([el("Kestrel Avionics", alt_names=["Turmfalke"]), sdn(1, "Zorvan Petro"),
             el("Huawei Test",
             license_requirement="All items subject to the EAR (See §§734.9(e)1 and 744.11 of the EAR)")],
            "1.json")  # fmt: skip
    client = api(auditor)

    def names(**query):
        return [one["name"] for one in client.get("/api/v1/listed-parties/", query).json()["results"]]

    assert sorted(names()) == ["Huawei Test", "Kestrel Avionics", "Zorvan Petro"]
    assert names(q="kestr") == names(q="turmfalke") == ["Kestrel Avionics"]
    assert names(list="SDN") == ["Zorvan Petro"]
    assert names(country="ir") == ["Zorvan Petro"]
    assert names(group="huawei") == ["Huawei Test"]
    assert names(q="nobody") == []


def test_listed_parties_as_of_a_day(api, publish, auditor):
    rows = [el(f"Firm {n}") for n in range(5)]
    today = timezone.localdate()
    publish(rows, "1.json", today - timedelta(days=1))
    publish(rows[:-1], "2.json", today)
    publish([*rows[:-1], rows[0]], "3.json", today)
    client = api(auditor)

    def count(**query):
        return len(client.get("/api/v1/listed-parties/", query).json()["results"])

    assert (
        count(),
        count(as_of=today),
        count(as_of=today - timedelta(days=1)),
        count(as_of="2019-05-20"),
    ) == (4, 4, 5, 0)
    answer = client.get("/api/v1/listed-parties/", {"as_of": "yesterday"})
    assert (answer.status_code, answer.json()["blockers"][0]["field"]) == (400, "as_of")
    answer = client.get("/api/v1/listed-parties/", {"list": "XX"})
    assert (answer.status_code, answer.json()["blockers"][0]["field"]) == (400, "list")


def test_a_listed_party_that_left_its_list_is_still_told(api, publish, auditor):
    rows = [el(f"Firm {n}") for n in range(5)]
    publish(rows, "1.json")
    publish(rows[:-1], "2.json")
    publish([*rows[:-1], rows[0]], "3.json")
    from entities.models import ListedParty

    told = api(auditor).get(f"/api/v1/listed-parties/{ListedParty.objects.get(name='Firm 4').pk}/").json()
    assert (told["listings"][0]["version_added"], told["listings"][0]["version_removed"]) == (1, 3)


@pytest.mark.parametrize("count", [1, 3])
def test_listed_parties_ask_the_same_few_queries(api, publish, integration, count, django_assert_num_queries):
    publish([el(f"Firm {n}") for n in range(count)], "1.json")
    client = api(integration)
    client.get("/api/v1/listed-parties/")
    with django_assert_num_queries(5):
        assert len(client.get("/api/v1/listed-parties/").json()["results"]) == count


def test_lists_tell_version_age_and_staleness(api, publish, auditor):
    publish([el("Alpha")], "1.json")
    told = {one["code"]: one for one in api(auditor).get("/api/v1/lists/").json()}
    assert set(told) == {code for code, *_ in list_verbs.SOURCES}
    assert (told["csl"]["current"]["number"], told["csl"]["age_days"], told["csl"]["stale"]) == (1, 0, False)
    assert (told["house"]["current"], told["house"]["age_days"], told["house"]["stale"]) == (None, None, True)


def test_versions_tell_the_checks_of_a_held_import(api, publish, auditor):
    publish(many(100), "1.json")
    publish(many(50), "2.json")
    told = api(auditor).get("/api/v1/lists/csl/versions/").json()
    assert [(one["number"], one["state"], one["removed"]) for one in told] == [
        (2, "held", 50),
        (1, "published", 0),
    ]
    assert [one["check"] for one in told[0]["verdict"] if not one["passed"]] == ["SDN: rows removed"]
    assert api(auditor).get("/api/v1/lists/nope/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_versions_ask_the_same_few_queries(api, publish, integration, count, django_assert_num_queries):
    for number in range(count):
        publish(many(10 + number), f"{number}.json")
    client = api(integration)
    client.get("/api/v1/lists/")
    with django_assert_num_queries(3):
        client.get("/api/v1/lists/")
    with django_assert_num_queries(4):
        assert len(client.get("/api/v1/lists/csl/versions/").json()) == count


def test_a_listed_party_tells_the_same_party_on_other_lists(api, publish, auditor):
    publish([el("Kestrel Institute", "IR"), sdn(1, "INSTITUTE, Kestrel")], "1.json")
    client = api(auditor)
    one = client.get("/api/v1/listed-parties/", {"list": "EL"}).json()["results"][0]
    told = client.get(f"/api/v1/listed-parties/{one['id']}/").json()["linked"]
    assert [(each["key"], each["lists"]) for each in told] == [("SDN:1", ["SDN"])]


def test_listed_parties_as_of_a_day_tell_the_content_of_that_day(api, publish, auditor):
    others, today = [el(f"Firm {n}") for n in range(5)], timezone.localdate()
    publish([*others, el("Kestrel", remarks="old")], "1.json", today - timedelta(days=1))
    publish([*others, el("Kestrel", remarks="new")], "2.json", today)
    client = api(auditor)
    for day, remarks in ((today - timedelta(days=1), "old"), (today, "new")):
        told = client.get("/api/v1/listed-parties/", {"q": "kestrel", "as_of": day}).json()["results"]
        assert [one["remarks"] for one in told] == [remarks]


def upload(path):
    return SimpleUploadedFile(path.name, path.read_bytes())


def test_a_person_imports_a_file_and_another_releases_it(api, csl, write, lists, approver):
    client, url = api(lists), "/api/v1/lists/csl/import/"
    path = write(many(60), name="1.json")
    answer = client.post(url, {"file": upload(path)}, format="multipart")
    assert (answer.status_code, answer.json()["result"], answer.json()["rows"]) == (201, "published", 60)
    answer = client.post(url, {"file": upload(path)}, format="multipart")
    assert (answer.status_code, answer.json()["result"]) == (200, "unchanged")
    held = client.post(url, {"file": upload(write(many(20), name="2.json"))}, format="multipart")
    assert (held.status_code, held.json()["result"]) == (201, "held")
    told = {one["code"]: one for one in client.get("/api/v1/lists/").json()}["csl"]
    assert (told["last_verdict"], told["rows"]) == ("held", 60)
    release = "/api/v1/lists/csl/versions/2/release/"
    assert client.post(release, {"reason": "Mine"}, format="json").status_code == 409
    assert api(approver).post(release, {"reason": ""}, format="json").status_code == 400
    answer = api(approver).post(release, {"reason": "Read the notice"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "published")


def test_a_person_brings_in_house_entries(api, csl, officer, approver, integration):
    url, head = "/api/v1/lists/house/import/", "name,effect,effective_on,confidential\n"

    def send(user, text):
        return api(user).post(url, {"file": SimpleUploadedFile("h.csv", text.encode())}, format="multipart")

    rows = f"{head}Zorvan Trading,RED_FLAG,2026-08-01,yes\n"
    answer = send(officer, rows)
    assert (answer.status_code, answer.json()["result"], answer.json()["added"]) == (201, "published", 1)
    assert (send(officer, rows).status_code, send(officer, rows).json()["result"]) == (200, "unchanged")
    answer = send(officer, f"{head},WARN,2026-08-01,\n")
    assert (answer.status_code, [one["field"] for one in answer.json()["blockers"]]) == (400, ["file"] * 2)
    assert answer.json()["blockers"][0]["message"].startswith("h.csv, line 2, column name:")
    for user in (approver, integration):
        assert send(user, rows).status_code == 403


def test_import_refuses_a_broken_file_and_who_may_not(api, csl, write, lists, officer, integration, tmp_path):
    path, url = tmp_path / "broken.json", "/api/v1/lists/csl/import/"
    path.write_text('{"results": [')
    answer = api(lists).post(url, {"file": upload(path)}, format="multipart")
    assert (answer.status_code, answer.json()["blockers"][0]["field"]) == (400, "file")
    for user in (officer, integration):
        assert api(user).post(url, {"file": upload(path)}, format="multipart").status_code == 403
    assert csl.versions.count() == 0


def test_reject_and_diff_between_any_two_versions(api, publish, approver, auditor):
    rows = [el(f"Firm {n}") for n in range(30)]
    publish(rows, "1.json")
    publish([*rows[1:], el("New")], "2.json")
    publish([*rows[1:], el("New"), el("Newer")], "3.json")
    publish(rows[:3], "4.json")
    told = api(auditor).get("/api/v1/lists/csl/diff/", {"from": 1, "to": 3}).json()
    assert (told["added"], told["removed"], told["changed"]) == (2, 1, 0)
    assert [(one["kind"], one["name"]) for one in told["changes"]] == [
        ("added", "New"), ("added", "Newer"), ("removed", "Firm 0"),
    ]  # fmt: skip
    answer = api(approver).post("/api/v1/lists/csl/versions/4/reject/", {"reason": "Cut"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "refused")
    client = api(auditor)
    assert client.get("/api/v1/lists/csl/diff/", {"from": 1, "to": 4}).status_code == 400
    assert client.get("/api/v1/lists/csl/diff/", {"from": 1, "to": 9}).status_code == 404
    assert client.get("/api/v1/lists/csl/diff/", {"from": 1}).status_code == 400
