"""Before what cannot be taken back a person signs in again: with the password or the second factor."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account.internal.flows import reauthentication
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.urls import reverse

from .errors import NotAllowed
from .transitions import Blocker


def ask(request: HttpRequest) -> None:
    """Browser: go to the second sign-in and come back with what was sent, unless it was just done.

    Raises NotAllowed for a person who has nothing to sign in again with.
    """
    if not _is_fresh(request):
        raise ReauthenticationRequired


def require(request: HttpRequest) -> None:
    """API: refuse a session that did not sign in again, with the address to do so. Keys are no person's."""
    if request.user.is_authenticated and request.user.is_person and not _is_fresh(request):
        again = f"{reverse('account_reauthenticate')}?{urlencode({'next': '/'})}"
        raise NotAllowed(
            Blocker(
                "step_up", "Sign in again first: this cannot be taken back.", link=again,
                remedy="Confirm the password or the second factor in the same session, then send the request again.",
            )
        )  # fmt: skip


def _is_fresh(request: HttpRequest) -> bool:
    """Whether the person signed in again within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds.

    The library says yes for a person with neither password nor second factor; here that is refused.
    """
    if not reauthentication.get_reauthentication_flows(request.user):  # type: ignore[arg-type]
        raise NotAllowed(_nothing_to_sign_in_with())
    return bool(reauthentication.did_recently_reauthenticate(request))


def _nothing_to_sign_in_with() -> Blocker:
    return Blocker(
        "step_up", "Your account has neither a password nor a second factor to confirm this with.",
        remedy="Set one in your account, or ask an administrator.",
    )  # fmt: skip
