"""How an application moves: the transition table as a page, drawn from the table."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .. import clocks, diagram, handbook
from ..diagram import HIGH, WIDE


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """States, actions with who may and what they wait for, days and clock stops."""
    drawn, reached, steps = diagram.picture(), 0, []
    for step in clocks.STEPS:
        reached += step.days
        steps.append((step, reached))
    context = {
        "picture": drawn,
        "wide": WIDE,
        "high": HIGH,
        "middle": WIDE // 2,
        "lines": handbook.lines(),
        "steps": steps,
        "exclusions": clocks.EXCLUSIONS.items(),
    }
    return render(request, "licenses/workflow.html", context)
