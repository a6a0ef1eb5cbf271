"""The red-flag sheet of a case (Supp. 3 to 15 CFR part 732): answers with evidence, inquiries, resolution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exportctl import audit, roles
from exportctl.errors import Conflict, Invalid, Stale, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from .blocks import FLAGS, FLAGS_CITATION
from .models import Application, Inquiry, RedFlagAnswer, YesNo
from .workflow import Status

CITATION = FLAGS_CITATION


@dataclass(frozen=True, slots=True)
class Sheet:
    """How the sheet of a case stands: every flag with its answer, what is unanswered, what is open."""

    rows: tuple[tuple[str, str, RedFlagAnswer | None], ...]

    @property
    def unanswered(self) -> tuple[str, ...]:
        return tuple(code for code, _, answer in self.rows if answer is None)

    @property
    def open(self) -> tuple[str, ...]:
        return tuple(code for code, _, answer in self.rows if answer is not None and answer.open)

    @property
    def answered(self) -> bool:
        """Whether every flag has its answer; none is defaulted."""
        return not self.unanswered

    @property
    def version(self) -> int:
        """Rises with every answer and resolution; 0 for an empty sheet."""
        return sum(answer.version for _, _, answer in self.rows if answer is not None)

    @property
    def words(self) -> str:
        if self.open:
            return f"{len(self.open)} red flag{'s' if len(self.open) > 1 else ''} open"
        if self.unanswered:
            return f"{len(self.unanswered)} of {len(self.rows)} questions not answered"
        return "No red flag open"


def sheet(application: Application) -> Sheet:
    """The red-flag sheet of a case. One query, one more for the inquiries."""
    given = {
        each.flag: each
        for each in application.red_flags.select_related("answered_by", "resolved_by").prefetch_related(
            "inquiries__made_by"
        )
    }
    return Sheet(tuple((code, words, given.get(code)) for code, words in FLAGS.items()))


def answer(
    *,
    application: Application,
    answers: Mapping[str, tuple[str, str]],
    version: int | None = None,
    if_match: bool = False,
    by: User,
    at: datetime,
) -> Sheet:
    """Answer flags: code -> (yes or no, evidence). What is not named stays as it is.

    Refuses an unknown flag, an answer that is neither, and one without evidence; with the `version` of the sheet
    that was read, also when somebody answered since (Conflict, Stale when it came by If-Match), naming the flags
    that differ. A resolved flag that is answered anew is open again. Event redflag.answered with the answers.
    """
    roles.require(by, "redflag.answer", person=True)
    found = _wrong(answers)
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = _open(application)
        stands = {each.flag: each for each in case.red_flags.all()}
        if version is not None and version != sum(each.version for each in stands.values()):
            raise (Stale if if_match else Conflict)(_differing(stands, answers))
        for code, (said, evidence) in answers.items():
            before = stands.get(code)
            RedFlagAnswer.objects.update_or_create(
                application=case, flag=code,
                defaults={"answer": said, "evidence": evidence.strip(), "answered_by": by, "answered_at": at,
                          "resolution": "", "resolved_by": None, "resolved_at": None,
                          "version": before.version + 1 if before else 1},
            )  # fmt: skip
        if answers:
            log("redflag.answered", case, application=case.number,
                answers={code: said for code, (said, _) in answers.items()})  # fmt: skip
    return sheet(application)


def _wrong(answers: Mapping[str, tuple[str, str]]) -> list[Blocker]:
    found: list[Blocker] = []
    for code, (said, evidence) in answers.items():
        if code not in FLAGS:
            found.append(Blocker("invalid", f"'{code[:40]}' is no flag of the sheet.", field=code, citation=CITATION,
                                 remedy=f"Of: {', '.join(FLAGS)}."))  # fmt: skip
        elif said not in YesNo.values:
            found.append(Blocker("missing", f"{FLAGS[code]} Neither yes nor no.", field=code, citation=CITATION,
                                 remedy="Answer yes or no; none is taken for granted."))  # fmt: skip
        elif not evidence.strip() or len(evidence) > 2000 or "\x00" in evidence:
            found.append(Blocker("missing", f"{FLAGS[code]} The evidence is missing.", field=code,
                                 citation=CITATION, remedy="Say what it rests on, up to 2000 characters."))  # fmt: skip
    return found


def _differing(stands: Mapping[str, RedFlagAnswer], answers: Mapping[str, tuple[str, str]]) -> list[Blocker]:
    """Somebody answered first: one blocker a flag that would be answered otherwise."""
    found = [Blocker("stale_version", "The sheet changed since you read it.", field="version",
                     remedy="Load it again; what differs is named.")]  # fmt: skip
    for code, (said, evidence) in answers.items():
        now = stands.get(code)
        if now is not None and (now.answer, now.evidence) != (said, evidence.strip()):
            words = f"{FLAGS[code]} Saved: {now.answer}, {now.evidence} You sent: {said}, {evidence.strip()}"
            found.append(Blocker("changed", words, field=code, remedy="Compare, then save again."))
    return found


def inquire(*, flag: RedFlagAnswer, text: str, by: User, at: datetime) -> Inquiry:
    """Note what was asked about a flag and what came back. Event redflag.inquired."""
    roles.require(by, "redflag.answer", person=True)
    with audit.action(by=by, at=at) as log:
        case = _open(flag.application)
        row = Inquiry.objects.create(flag=flag, text=_said(text, "text"), made_by=by, made_at=at)
        log("redflag.inquired", case, application=case.number, flag=flag.flag, text=row.text)
    return row


def resolve(*, flag: RedFlagAnswer, resolution: str, by: User, at: datetime) -> RedFlagAnswer:
    """Resolve an open flag: what the inquiry showed. Refuses one that is not open, and one nobody asked
    about. Event redflag.resolved."""
    roles.require(by, "redflag.answer", person=True)
    with audit.action(by=by, at=at) as log:
        case = _open(flag.application)
        row = RedFlagAnswer.objects.select_for_update(no_key=True).get(pk=flag.pk)
        if not row.open:
            raise refuse("not_open", "This flag is not open.", remedy="Only a yes is resolved.")
        if not row.inquiries.exists():
            raise refuse("no_inquiry", "Nobody inquired about this flag yet.", citation=CITATION,
                         remedy="Note first what was asked and what came back.")  # fmt: skip
        row.resolution, row.resolved_by, row.resolved_at = _said(resolution, "resolution"), by, at
        row.version += 1
        row.save(update_fields=["resolution", "resolved_by", "resolved_at", "version"])
        log("redflag.resolved", case, application=case.number, flag=row.flag, reason=row.resolution)
    return row


def _open(application: Application) -> Application:
    case = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
    if case.status == Status.WITHDRAWN:
        raise refuse("withdrawn", f"{case.number} is withdrawn; its sheet is closed.")
    return case


def _said(text: str, field: str) -> str:
    words = text.strip()
    if not words or len(words) > 2000 or "\x00" in words:
        raise invalid(
            field, "This is missing, or longer than 2000 characters.", "Say it in a sentence.", CITATION
        )
    return words
