"""The red-flag sheet: nothing defaulted, evidence asked, a flag open until an inquiry resolved it."""

from __future__ import annotations

import pytest

from exportctl.errors import Invalid, NotAllowed, Refused
from licenses import flags
from licenses.blocks import FLAGS
from tests.licenses.conftest import codes, fields

pytestmark = pytest.mark.django_db


def test_sheet_is_empty_until_answered(draft) -> None:
    sheet = flags.sheet(draft)
    assert (sheet.answered, len(sheet.unanswered), sheet.open) == (False, len(FLAGS), ())


def test_answer_inquire_and_resolve(draft, filer, auditor, now) -> None:
    answers = {code: ("no", "Known customer.") for code in FLAGS} | {"cash": ("yes", "Asked for cash.")}
    sheet = flags.answer(application=draft, answers=answers, by=filer, at=now)
    assert (sheet.answered, sheet.open, sheet.words) == (True, ("cash",), "1 red flag open")
    flag = draft.red_flags.get(flag="cash")
    with pytest.raises(Refused) as refused:
        flags.resolve(flag=flag, resolution="Fine.", by=filer, at=now)
    assert codes(refused) == {"no_inquiry"}
    with pytest.raises(NotAllowed):
        flags.inquire(flag=flag, text="x", by=auditor, at=now)
    flags.inquire(flag=flag, text="Bank reference asked for and received.", by=filer, at=now)
    flags.resolve(flag=flag, resolution="Paid by letter of credit.", by=filer, at=now)
    assert flags.sheet(draft).open == ()
    again = flags.answer(application=draft, answers={"cash": ("yes", "Again.")}, by=filer, at=now)
    assert again.open == ("cash",)


def test_answer_refuses_what_is_no_answer(draft, filer, now) -> None:
    wrong = {"cash": ("", "x"), "evasive": ("no", " "), "king": ("no", "x"), "odd_route": ("maybe", "x")}
    with pytest.raises(Invalid) as refused:
        flags.answer(application=draft, answers=wrong, by=filer, at=now)
    assert fields(refused) == set(wrong)
    assert not draft.red_flags.exists()
