"""10,000 random walks over the table alone: never an illegal pair, and the clock's sums always right. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from exportctl import transitions
from licenses import clocks, workflow
from licenses.clocks import Stop
from licenses.guards import CaseFacts, Positions, Ruled
from licenses.workflow import CLOSED, IN_REVIEW, TRANSITIONS, Status
from tests.licenses.test_workflow import EVERYTHING

WALKS, STEPS = 10_000, 40
START = date(2023, 1, 1)
SPLITS = (
    Positions(),
    Positions(objecting=("Defense",), approving=("State",)),
    Positions(approving=("State",)),
)
ACTIONS = [row.action for row in TRANSITIONS]
OFTEN = {
    "withdraw": 1,
    "return_unregistered": 2,
    "convene": 40,
    "rule": 30,
    "escalate": 60,
    "propose_decision": 20,
}


@dataclass
class Walk:
    """A case without a database: its state, its day, and a clock counted day by day beside the product's."""

    dice: random.Random
    route: str
    status: str = Status.DRAFT
    day: date = START
    registered: date | None = None
    ended: date | None = None
    gross: int = 0
    stood: int = 0
    stops: list[Stop] = field(default_factory=list)
    proposal: str = ""
    proposed_by: int | None = None
    ruled: Ruled | None = None
    notice: date | None = None

    @property
    def open_stops(self) -> list[Stop]:
        return [stop for stop in self.stops if stop.end is None]

    def pass_days(self, days: int) -> None:
        """The naive clock: one day at a time."""
        for _ in range(days):
            if self.registered is not None and self.ended is None:
                self.gross += 1
                self.stood += bool(self.open_stops)
            self.day += timedelta(days=1)

    def facts(self) -> CaseFacts:
        final = clocks.final_on(self.notice) if self.notice and self.status == Status.INTENT_TO_DENY else None
        denied = None
        if self.notice and self.status in (Status.INTENT_TO_DENY, Status.DENIED):
            last = clocks.final_on(self.notice)
            until = clocks.appeal_until(self.notice, last)
            denied = workflow.ask.Denied(self.notice, last, self.day >= last, until, self.day > until)
        return CaseFacts(
            status=self.status, permissions=EVERYTHING, is_person=self.dice.random() < 0.95,
            actor_id=self.dice.randint(1, 2), route=self.route,
            seats=frozenset({"defense"}), open_lanes=frozenset({"defense"}),
            open_holds=tuple(stop.reason for stop in self.open_stops), proposal=self.proposal,
            proposed_by=self.proposed_by, positions=self.dice.choice(SPLITS), ruled=self.ruled, denied=denied,
            final_since=final if final and self.day >= final else None,
        )  # fmt: skip

    def take(self, action: str) -> bool:
        """Try an action of the table; returns whether the state changed."""
        facts, status = self.facts(), self.status
        row = transitions.find(TRANSITIONS, action, status)
        assert row is not None
        found = transitions.blockers(row, facts)
        led = workflow.targets(action, status)
        assert bool(led) == (status in row.sources)
        if status not in row.sources:
            assert [each.code for each in found] == ["wrong_status"]
        if found:
            return False
        target = self.leads(action, led)
        if target is None:
            return False
        assert target in led
        self.follow(action, target, facts)
        return target != status

    def leads(self, action: str, led: frozenset[str]) -> str | None:
        """Where the action leads: a proposal to its outcome, a record to one of several."""
        if action == "countersign":
            return workflow.OUTCOMES[self.proposal]
        return self.dice.choice(sorted(led))

    def follow(self, action: str, target: str, facts: CaseFacts) -> None:
        """What a verb would write."""
        if action == "propose_decision":
            outcome = self.dice.choice(workflow.outcomes(self.route, self.status))
            if not tuple(workflow.disputes.ruling_followed(replace(facts, proposal=outcome))):
                self.proposal, self.proposed_by = outcome, facts.actor_id
            return
        if action == "stop_clock":
            self.stops.append(Stop(self.day, None, self.dice.choice(sorted(clocks.EXCLUSIONS))))
        if action == "resume_clock":
            self.close_stops()
        if action == "rule":
            outcome = self.dice.choice(sorted(workflow.disputes.FOLLOWS))
            self.ruled = Ruled("x", outcome, self.day, self.day, True, frozenset({"defense"}))
        if action in ("countersign", "send_back", "escalate", "withdraw", "lapse", "appeal"):
            if action == "countersign" and self.proposal == "intend_to_deny":
                self.notice = self.day
            self.proposal, self.proposed_by = "", None
        if action == "register":
            self.registered = self.day
        if target != self.status:
            self.ruled = Ruled("x") if target in workflow.FORUMS else None
            if target in (*CLOSED, Status.PRESIDENT, Status.INTENT_TO_DENY):
                self.ended = self.ended or self.day
            if target in (*CLOSED, Status.PRESIDENT):
                self.close_stops()
        self.status = target

    def close_stops(self) -> None:
        self.stops = [replace(stop, end=stop.end or self.day) for stop in self.stops]

    def check(self) -> None:
        """The product's clock says what was counted day by day, and the ladder ends where the clock does."""
        assert (self.status in IN_REVIEW) <= (self.registered is not None)
        if self.registered is None:
            return
        on = self.ended or self.day
        held = clocks.as_of(self.stops, on)
        reading = clocks.read(registered_on=self.registered, stops=held, on=on)
        assert (reading.gross, reading.stopped) == (self.gross, self.stood)
        assert reading.net + reading.left == 90
        rows = clocks.ladder(registered_on=self.registered, stops=held, on=on)
        assert rows[-1].due_on == reading.due_on


def test_no_walk_of_ten_thousand_leaves_the_table() -> None:
    seen: set[str] = set()
    taken: set[tuple[str, str]] = set()
    for number in range(WALKS):
        dice = random.Random(number)
        walk = Walk(dice, dice.choice(["office", "office", "office", "company"]))
        for _ in range(STEPS):
            walk.pass_days(dice.choice((0, 0, 1, 1, 2, 3, 7, 20)))
            if walk.ruled is not None and walk.ruled.on is not None:
                until = clocks.escalation_until(walk.ruled.on, stops=walk.stops, on=walk.day)
                walk.ruled = replace(walk.ruled, until=until, open=walk.day <= until)
            legal = [row.action for row in TRANSITIONS if walk.status in row.sources]
            tried = legal if legal and dice.random() < 0.8 else ACTIONS
            action = dice.choices(tried, [OFTEN.get(each, 10) for each in tried])[0]
            before = walk.status
            if walk.take(action):
                taken.add((action, before))
                assert before not in CLOSED or (before, action) == (Status.DENIED, "appeal")
            seen.add(walk.status)
        walk.check()
    assert seen == set(Status), set(Status) - seen
    assert {action for action, _ in taken} == {
        row.action
        for row in TRANSITIONS
        if any(workflow.targets(row.action, each) - {each} for each in Status)
    }
