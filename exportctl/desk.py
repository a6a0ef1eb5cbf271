"""The page of one's own notices, and how one wants to be told: in the app, by e-mail, of which kinds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from . import notices as telling
from . import roles, shell
from .errors import Refused
from .models import Notice, NoticeMute, NoticeSetting, User

ROWS = 50


class MailForm(forms.Form):
    mail = forms.ChoiceField(label="By e-mail", choices=NoticeSetting.Mail.choices)


def offered(user: User) -> list[telling.Kind]:
    """The kinds of notices that may reach a person in their roles."""
    may = roles.permissions_of(user)
    return [kind for kind in telling.kinds.values() if not kind.permissions or kind.permissions & may]


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first."""
    user: User = request.user  # type: ignore[assignment]
    mine = Notice.objects.shown().filter(user=user).order_by("-pk")
    page = Paginator(mine, ROWS).get_page(request.GET.get("page"))
    for one in page.object_list:
        kind = telling.kinds.get(one.kind)
        one.unsent = kind is not None and kind.duty and not one.by_mail  # type: ignore[attr-defined]
    context = {"page": page, "unread": mine.filter(read_at=None).count()}
    return render(request, "exportctl/notices.html", context)


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """How I am told: e-mail at once, in a digest or none, and each kind in the app and by e-mail."""
    user: User = request.user  # type: ignore[assignment]
    setting = NoticeSetting.objects.filter(user=user).first()
    mail = setting.mail if setting else NoticeSetting.Mail.DIGEST
    known = offered(user)
    refused: Any = ()
    form = MailForm(request.POST if request.method == "POST" else None, initial={"mail": mail})
    if request.method == "POST" and form.is_valid():
        ways = {
            kind.code: (kind.duty or f"app-{kind.code}" in request.POST, f"mail-{kind.code}" in request.POST)
            for kind in known
        }
        try:
            telling.choose(ways=ways, by=user, at=timezone.now())
        except Refused as no:
            refused = no.blockers
        else:
            NoticeSetting.objects.update_or_create(user=user, defaults=form.cleaned_data)
            shell.say(request, "From now on you are told so.")
            return redirect("exportctl:notice-settings")
    muted = {mute.kind: mute for mute in NoticeMute.objects.filter(user=user)}
    rows = [
        {
            "kind": kind,
            "app": kind.duty or kind.code not in muted or muted[kind.code].in_app,
            "mail": kind.code not in muted or muted[kind.code].by_mail,
        }
        for kind in known
    ]
    context = {
        "form": form, "rows": rows, "refused": refused,
        "silent": [row["kind"] for row in rows if row["kind"].duty and not row["mail"]],  # type: ignore[attr-defined]
        "no_mail": mail == NoticeSetting.Mail.NONE and any(kind.duty for kind in known),
    }  # fmt: skip
    status = 400 if request.method == "POST" else 200
    return render(request, "exportctl/notice_settings.html", context, status=status)


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark all of my notices as read."""
    Notice.objects.filter(user=request.user, read_at=None).update(read_at=timezone.now())  # type: ignore[misc]
    return redirect("exportctl:notices")
