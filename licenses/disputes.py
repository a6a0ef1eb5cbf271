"""Guards of the ladder (750.4(f)) and of the appeal (756.2). Pure; the table in `workflow` says who asks which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from exportctl.transitions import Blocker

from .guards import GRANTING, CaseFacts

# what a forum rules -> the outcome of the decision that follows it
FOLLOWS = {"approve": "approve", "approve_conditions": "approve_conditions", "deny": "intend_to_deny"}
IN_PART = "approve_part"  # follows every ruling to approve
RULING_WORDS = {"approve": "approve", "approve_conditions": "approve with conditions", "deny": "deny"}
CONTESTED = GRANTING | {"intend_to_deny"}  # what the agencies can differ about; a return is no such thing


def agencies_differ(facts: CaseFacts) -> Iterable[Blocker]:
    """A body objects on a statutory and regulatory basis, and another does not object (750.4(e), (f)(1))."""
    if not facts.positions.objecting:
        yield Blocker(
            "no_dispute", "No body objects on a statutory and regulatory basis, so there is nothing to rule upon.",
            remedy="Propose the decision; a position without such a basis counts as no objection.",
            citation="15 CFR 750.4(e), (f)(1)",
        )  # fmt: skip
    elif not facts.positions.approving and not facts.positions.indifferent:
        yield Blocker(
            "no_dispute", "Every body asked objects, so they do not differ.",
            remedy="Propose the intent to deny; or refer the case to Commerce, if Commerce would approve.",
            citation="15 CFR 750.4(f)(1)",
        )  # fmt: skip


def agencies_agree(facts: CaseFacts) -> Iterable[Blocker]:
    """The positions carry the outcome proposed; where they differ the Operating Committee rules (750.4(f)(1)).

    An objection stands against every approval, an approval against the denial; no objection and silence against
    neither.
    """
    against = facts.positions.objecting if facts.proposal in GRANTING else facts.positions.approving
    if facts.proposal not in CONTESTED or not against:
        return
    verb = "objects" if facts.proposal in GRANTING else "would approve"
    if len(against) > 1:
        verb = "object" if facts.proposal in GRANTING else "would approve"
    ready = facts.positions.objecting and (facts.positions.approving or facts.positions.indifferent)
    yield Blocker(
        "agencies_differ", f"{' and '.join(against)} {verb}: the agencies do not agree.", field="outcome",
        remedy="Convene the Operating Committee." if ready else
        "Refer the case to Commerce too: its position beside theirs brings it before the Operating Committee.",
        citation="15 CFR 750.4(f)(1)",
    )  # fmt: skip


def a_ruling(facts: CaseFacts) -> Iterable[Blocker]:
    """The forum has ruled."""
    if facts.ruled is not None and not facts.ruled.outcome:
        yield Blocker(
            "no_ruling", f"The {facts.ruled.forum} has not ruled.", remedy="Record its ruling first.",
            citation="15 CFR 750.4(f)",
        )  # fmt: skip


def not_binding(facts: CaseFacts) -> Iterable[Blocker]:
    """A ruling can be corrected until it binds."""
    ruled = facts.ruled
    if ruled is not None and ruled.outcome and not ruled.open:
        yield Blocker(
            "ruling_binds", f"The ruling of {ruled.on} binds: nobody escalated it by {ruled.until}.",
            remedy="Propose the decision that follows it.", citation="15 CFR 750.4(f)",
        )  # fmt: skip


def dissent(facts: CaseFacts) -> Iterable[Blocker]:
    """The actor sits for a body that voted otherwise; the Secretary may call the Review Board too (750.4(f)(2))."""
    ruled = facts.ruled
    if ruled is None or not ruled.outcome:
        return
    called = ruled.secretary and "ladder.rule" in facts.permissions
    if not called and not facts.seats & ruled.dissenting:
        yield Blocker(
            "no_dissent", "You sit for no body that dissented from the ruling.",
            remedy="Only a dissenting agency escalates; a member of it records that.", citation="15 CFR 750.4(f)",
        )  # fmt: skip


def in_window(facts: CaseFacts) -> Iterable[Blocker]:
    """Five days after the ruling have not passed (750.4(f))."""
    ruled = facts.ruled
    if ruled is not None and ruled.outcome and not ruled.open:
        yield Blocker(
            "too_late", f"The last day to escalate was {ruled.until}, five days after the ruling.",
            remedy="The ruling is final: the decision follows it.", citation="15 CFR 750.4(f)(1)(ii), (2), (3)",
        )  # fmt: skip


def ruling_followed(facts: CaseFacts) -> Iterable[Blocker]:
    """On the ladder a decision waits for the ruling, for its five days, and follows it. A return needs none."""
    ruled = facts.ruled
    if ruled is None or facts.proposal not in CONTESTED:
        return
    if not ruled.outcome:
        yield from a_ruling(facts)
    elif ruled.open:
        yield Blocker(
            "ruling_open", f"The ruling of {ruled.on} may be escalated until {ruled.until} and binds after that day.",
            remedy="Wait for that day; a return without action stays possible.", citation="15 CFR 750.4(f)",
        )  # fmt: skip
    elif facts.proposal not in {FOLLOWS[ruled.outcome], IN_PART if ruled.outcome != "deny" else ""}:
        yield Blocker(
            "ruling_contradicted", f"The {ruled.forum} ruled to {RULING_WORDS[ruled.outcome]}, and that binds.",
            field="outcome", remedy="Propose the outcome that follows the ruling, or a return without action.",
            citation="15 CFR 750.4(f)",
        )  # fmt: skip


def would_follow(facts: CaseFacts) -> Iterable[Blocker]:
    """What of a dispute stands against an approval now, whether or not one is proposed."""
    ruled = facts.ruled
    asked = replace(facts, proposal=FOLLOWS[ruled.outcome] if ruled and ruled.outcome else "approve")
    yield from agencies_agree(asked)
    yield from ruling_followed(asked)


def denial_final(facts: CaseFacts) -> Iterable[Blocker]:
    """There is a denial of this office, and it is final (750.6(b))."""
    if facts.denied is None:
        yield Blocker(
            "no_denial", "There is no denial here that can be appealed.", citation="15 CFR 756.2(a)",
            remedy="A new application is the way on.",
        )  # fmt: skip
    elif not facts.denied.final:
        yield Blocker(
            "not_denied_yet", f"The denial becomes final on {facts.denied.final_on}.", citation="15 CFR 750.6(b)",
            remedy=f"Answer the letter before that day; an appeal can follow until {facts.denied.appeal_until}.",
        )  # fmt: skip


def appeal_in_time(facts: CaseFacts) -> Iterable[Blocker]:
    """The later of 45 days from the notice (756.2(c)(1)) and from the final denial (750.6(b)) has not passed."""
    if facts.denied is not None and facts.denied.late and not facts.denied.appealed:
        yield Blocker(
            "appeal_late", f"The last day to appeal was {facts.denied.appeal_until}.",
            remedy="File a new application.", citation="15 CFR 750.6(b), 756.2(c)(1)",
        )  # fmt: skip


def not_appealed(facts: CaseFacts) -> Iterable[Blocker]:
    """The decision on an appeal is final (756.2(d)); one that was taken back is not filed again."""
    if facts.denied is not None and facts.denied.withdrawn_on is not None:
        yield Blocker(
            "appeal_withdrawn", f"The appeal was withdrawn on {facts.denied.withdrawn_on}; the denial stands.",
            remedy="File a new application.", citation="15 CFR 756.2",
        )  # fmt: skip
    elif facts.denied is not None and facts.denied.appealed:
        yield Blocker(
            "appealed", "This denial was appealed already; the decision on the appeal is final.",
            remedy="File a new application.", citation="15 CFR 756.2(d)",
        )  # fmt: skip


def papers_open(facts: CaseFacts) -> Iterable[Blocker]:
    """Day 30 after the filing of the appeal has not passed (756.2(c))."""
    if facts.denied is not None and facts.denied.papers_late:
        yield Blocker(
            "papers_late", f"Papers were accepted until {facts.denied.papers_until}, 30 days after the appeal.",
            remedy="Nothing can be added; the Under Secretary decides on what is there.", citation="15 CFR 756.2(c)",
        )  # fmt: skip
