"""Reference facts of this app: the license review policy on the Huawei group, regime by regime.

The periods are half-open, [from, to). What was done in practice is told as practice, never as rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.backends.postgresql.psycopg_any import DateRange

from exportctl import audit
from exportctl.models import User

from .determination.tables import PolicyRule
from .models import Policy, PolicyKind, PolicyVersion


@dataclass(frozen=True, slots=True)
class Regime:
    code: str
    since: date | None
    until: date | None
    policy_code: str
    summary: str
    citations: tuple[tuple[str, str, str], ...] = field(default=())  # text, date, kind
    practice: str = ""
    routes: str = ""


RULE, PRESS, ADMIN = "RULE", "PRESS", "ADMIN"
HUAWEI = (
    Regime(
        "H0", None, date(2019, 5, 16), "",
        "The Huawei group is not on the Entity List: the ordinary rules hold.",
    ),
    Regime(
        "H1", date(2019, 5, 16), date(2020, 5, 15), "PD",
        "Entity List: a license for all items subject to the EAR; presumption of denial.",
        (
            ("84 FR 22961 (Huawei and 68 non-US affiliates listed)", "2019-05-16", RULE),
            ("84 FR 23468 (temporary general license)", "2019-05-20", RULE),
            ("84 FR 43493 (46 more affiliates)", "2019-08-19", RULE),
            ("84 FR 43487 (temporary general license narrowed)", "2019-08-19", RULE),
        ),
        routes="Temporary general license from 2019-05-20; licenses.",
    ),
    Regime(
        "H2", date(2020, 5, 15), date(2020, 8, 17), "PD",
        "As before, and the foreign-direct-product rule of footnote 1 to the Entity List. Presumption of denial.",
        (
            ("85 FR 29852 (foreign-direct-product rule, footnote 1)", "2020-05-15", RULE),
            ("85 FR 51596 (temporary general license expired)", "2020-08-13", RULE),
        ),
        routes="Temporary general license to 2020-08-13; licenses.",
    ),
    Regime(
        "H3", date(2020, 8, 17), date(2023, 1, 30), "PD",
        "38 more affiliates; footnote 1 reaches any role of a listed party and production or development use. "
        "Presumption of denial.",
        (
            ("85 FR 51596 (38 more affiliates; footnote 1 widened; cybersecurity authorization)", "2020-08-17", RULE),
            ("86 FR 71559 (entries changed)", "2021-12-17", RULE),
            ("87 FR 6026 (provisions moved to 734.9 and 744.11)", "2022-02-03", RULE),
            ("Press reports on licenses for 4G phone chips and laptop processors", "2020", PRESS),
        ),
        practice="Reported by the press: items below 5G, such as 4G phone chips and laptop processors, were "
        "sometimes licensed. This is practice, not a rule.",
        routes="Licenses; a narrow cybersecurity authorization.",
    ),
    Regime(
        "H4", date(2023, 1, 30), date(2024, 5, 7), "PD",
        "The rule is unchanged: footnote 1 in any role; presumption of denial.",
        (
            ("85 FR 51596 (the rule in force)", "2020-08-17", RULE),
            ("Press reports that approvals for most items stopped", "2023-01-30", PRESS),
        ),
        practice="Reported by the press: no approvals for most items, also below 5G (4G, Wi-Fi 6 and 7, artificial "
        "intelligence, high-performance computing, cloud). This is practice, not a rule.",
        routes="Licenses that exist.",
    ),
    Regime(
        "H5", date(2024, 5, 7), None, "PD",
        "The rule is unchanged: footnote 1 in any role; presumption of denial. Certain licenses are revoked.",
        (
            ("85 FR 51596 (the rule in force)", "2020-08-17", RULE),
            ("Commerce statement and company filing of May 7, 2024: certain licenses revoked", "2024-05-07", ADMIN),
            ("Press reports of 2024: more licenses revoked, low-technology goods approved", "2024", PRESS),
        ),
        practice="Reported by the press: no approvals for most items, as before. This is practice, not a rule.",
        routes="Low-technology cases; licenses not revoked.",
    ),
)  # fmt: skip


def policy_rules() -> tuple[PolicyRule, ...]:
    """The regimes as a determination reads them, for an installation without a database."""
    return tuple(
        PolicyRule("License review policy, Huawei", each.code, "Huawei", each.policy_code, each.summary, each.since,
                   each.until, each.routes, tuple(text for text, _, _ in each.citations))
        for each in HUAWEI
    )  # fmt: skip


def seed(*, by: User, at: datetime) -> int:
    """Publish the policies that are missing; returns how many. Safe to run again: what stands is left.

    Event policy.published each.
    """
    count = 0
    with audit.action(by=by, at=at) as log:
        policy, _ = Policy.objects.get_or_create(
            code="huawei",
            defaults={
                "name": "License review policy, Huawei",
                "group": "Huawei",
                "note": "Practice is told from press reports and is never a rule.",
            },
        )
        standing = set(policy.versions.values_list("regime", flat=True))
        for regime in HUAWEI:
            if regime.code in standing:
                continue
            version = PolicyVersion.objects.create(
                policy=policy,
                regime=regime.code,
                period=DateRange(regime.since, regime.until),
                kind=PolicyKind.RULE,
                policy_code=regime.policy_code,
                summary=regime.summary,
                practice=regime.practice,
                routes=regime.routes,
                citations=[{"text": text, "date": day, "kind": kind} for text, day, kind in regime.citations],
            )
            log("policy.published", version, policy=policy.code, regime=regime.code, since=regime.since,
                until=regime.until, policy_code=regime.policy_code)  # fmt: skip
            count += 1
    return count
