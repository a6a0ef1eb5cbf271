"""Whether a letter is genuine: for anybody who holds one, without signing in. Names no party."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from exportctl import documents

from .. import letters, wordings
from ..models import Letter

RATE = {"verify": "30/m/ip"}  # as sign-in
MOST = 5 * 1048576  # bytes of a file to compare; a letter is far smaller
ENVELOPE = 65536  # what a form adds to its file

View = Callable[..., HttpResponse]


class CodeForm(forms.Form):
    """The code as it is printed; blanks, dashes and small letters are fine."""

    code = forms.CharField(
        label="Code on the letter", max_length=40,
        help_text="16 letters and digits in groups of four, at the end of the letter and at the foot of each page",
    )  # fmt: skip


def sparingly(view: View) -> View:
    """Answers only so many questions of one address a minute; then a page with status 429."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refused = ratelimit.consume_or_429(
            request, app="exportctl", action="verify", config=RATE, limit_get=True
        )
        return refused or view(request, *args, **kwargs)

    return limited


@require_safe
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """The form for a code; a code given leads to its page."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data["code"]
        code = letters.code_of(typed)
        if code:
            return redirect("licenses:verify-code", wordings.spelled(code))
        form.add_error(
            "code", "This is no code of ours: it has 16 letters and digits, and none of them is U."
        )
    return shown(request, form=form, status=400 if form.errors else 200)


# A comparison changes nothing and knows nobody, so it needs no token; the file is hashed on its way and not kept.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sparingly
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """What is known of a code, and whether a file is the letter's PDF; 404 for a code that no letter carries."""
    known = letters.code_of(code)
    letter = (
        Letter.objects.with_standing()
        .select_related("application")
        .defer("content", "html")
        .filter(code=known)
    ).first()
    if letter is None:
        return shown(request, form=CodeForm(), unknown=code[:40], status=404)
    if request.method != "POST":
        return shown(request, letter=letter)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST + ENVELOPE:
        return shown(request, letter=letter, wrong=too_large(), status=413)
    request.upload_handlers = [documents.Hashed(request, MOST)]
    request.POST  # noqa: B018 (reads the request)
    digest = getattr(request, "upload_digest", "")
    if getattr(request, "upload_too_large", False):
        return shown(request, letter=letter, wrong=too_large(), status=413)
    if not digest:
        return shown(
            request, letter=letter, wrong="No file was chosen. Choose the PDF, then compare.", status=400
        )
    return shown(request, letter=letter, digest=digest, same=digest == letter.sha256)


def too_large() -> str:
    return f"The file is larger than {MOST // 1048576} MB; it is not the letter."


def shown(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    page = render(request, "licenses/verify.html", {**context, "limit": MOST}, status=status)
    page["X-Robots-Tag"] = "noindex"
    return page
