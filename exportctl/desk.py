"""The page of one's own notices, and how one wants to be told by e-mail."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from . import shell
from .models import Notice, NoticeSetting

ROWS = 50


class MailForm(forms.Form):
    mail = forms.ChoiceField(label="By e-mail", choices=NoticeSetting.Mail.choices)


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first, and how I am told."""
    setting = NoticeSetting.objects.filter(user=request.user).first()  # type: ignore[misc]
    if request.method == "POST":
        form = MailForm(request.POST)
        if form.is_valid():
            NoticeSetting.objects.update_or_create(user=request.user, defaults=form.cleaned_data)  # type: ignore[misc]
            shell.say(request, "From now on you are told so.")
            return redirect("exportctl:notices")
    mine = Notice.objects.filter(user=request.user).order_by("-pk")  # type: ignore[misc]
    context = {
        "page": Paginator(mine, ROWS).get_page(request.GET.get("page")),
        "form": MailForm(initial={"mail": setting.mail if setting else NoticeSetting.Mail.DIGEST}),
        "unread": mine.filter(read_at=None).count(),
    }  # fmt: skip
    return render(request, "exportctl/notices.html", context)


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark all of my notices as read."""
    Notice.objects.filter(user=request.user, read_at=None).update(read_at=timezone.now())  # type: ignore[misc]
    return redirect("exportctl:notices")
