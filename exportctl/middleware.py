"""A verb's refusal that no page caught: one page that names every blocker, with its status."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .errors import Refused


class RefusedMiddleware:
    """Maps `errors.Refused` to a page; the API maps its own to problem details."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The refusal as a page; any other error goes on."""
        if not isinstance(exception, Refused):
            return None
        return render(request, "refused.html", {"refused": exception}, status=exception.status_code)
