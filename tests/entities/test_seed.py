from datetime import date

import pytest

from entities import lists, seed
from entities.models import ListedParty, Listing, ListSource, ListVersion
from exportctl import people
from exportctl.errors import NotAllowed

from .conftest import head, verbs_after


@pytest.fixture
def job(db):
    lists.ensure_sources()
    return people.job_user("setup")


def test_load_publishes_every_listing_once(job, now):
    version = seed.load(by=job, at=now)
    assert (version.rows, version.state) == (107, "published")
    assert ListSource.objects.get(pk="seed").current == version
    before = head()
    assert seed.load(by=job, at=now) == version
    assert verbs_after(before) == []


def test_publish_brings_what_had_taken_effect_by_each_day(job, now):
    days = seed.versions()
    assert days == sorted(set(days))
    assert date(2019, 5, 16) in days
    version = seed.publish(date(2019, 5, 15), by=job, at=now)
    assert not ListedParty.objects.filter(group="Huawei").exists()
    version = seed.publish(date(2019, 5, 16), by=job, at=now)
    assert (version.number, version.added, version.removed) == (2, 25, 0)
    assert ListedParty.objects.filter(group="Huawei").count() == 25
    assert seed.publish(date(2019, 5, 17), by=job, at=now) == version
    assert seed.publish(days[-1], by=job, at=now).rows == 107
    assert ListedParty.objects.filter(group="Huawei").count() == 42


def test_remembered_facts_are_left_out_or_marked(job, now):
    seed.load(by=job, at=now)
    mikron = Listing.objects.get(listed_party__name="PJSC Mikron")
    assert (mikron.effective_on, mikron.published_on, mikron.date_basis) == (
        date(2016, 9, 7),
        None,
        "unverified",
    )
    huawei = Listing.objects.get(listed_party__name="Huawei Technologies Co., Ltd. (Huawei)")
    assert (huawei.effective_on, huawei.published_on, huawei.date_basis) == (
        date(2019, 5, 16),
        date(2019, 5, 21),
        "verified",
    )
    assert Listing.objects.filter(date_basis="unverified").count() == 27
    hisilicon = ListedParty.objects.get(name="HiSilicon Technologies Co., Ltd (HiSilicon)")
    assert hisilicon.addresses == []  # its city is remembered, not read


def test_publish_without_the_role_is_refused(job, officer, now):
    with pytest.raises(NotAllowed):
        seed.load(by=officer, at=now)
    assert ListVersion.objects.count() == 0
