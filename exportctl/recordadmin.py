"""The admin's manner: records are read-only, each act is a confirmation page whose POST calls a verb.

A GET never changes anything; rights come from the roles table, rows from the models' `for_user`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from . import roles
from .errors import Refused


class Confirm(forms.Form):
    """Nothing to fill in: the page itself is the confirmation."""


class WithReason(forms.Form):
    """An act that states its reason."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="Kept in the event log.")


@dataclass(frozen=True, slots=True)
class Verb:
    """One act on a record (or, in `list_verbs`, without one).

    `call(record, fields, by=, at=)` calls the verb, a text it returns is shown; `offered(record, user)` hides it where it cannot be.
    """

    name: str
    label: str
    permission: str
    call: Callable[..., Any]
    form: type[forms.Form] = Confirm
    offered: Callable[[Any, Any], bool] = lambda record, user: True


def dressed(form: forms.Form) -> forms.Form:
    """The form with the theme's classes on its inputs."""
    for field in form.fields.values():
        classes = INPUT_CLASSES
        if isinstance(field.widget, forms.Textarea):
            classes = TEXTAREA_CLASSES
        elif isinstance(field.widget, forms.Select):
            classes = SELECT_CLASSES
        if not isinstance(field.widget, (forms.CheckboxSelectMultiple, forms.RadioSelect, forms.CheckboxInput)):
            field.widget.attrs["class"] = " ".join(classes)
    return form


class RecordAdmin(ModelAdmin):  # type: ignore[misc]
    """A read-only record with verbs; `reads` is the permission that shows it, `workbench` its page."""

    reads = ""
    workbench: Callable[[Any], str] | None = None
    verbs: tuple[Verb, ...] = ()
    list_verbs: tuple[Verb, ...] = ()
    change_form_before_template = "admin/verbs.html"
    list_before_template = "admin/verbs.html"
    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and roles.may(request.user, self.reads))  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        queryset = super().get_queryset(request)
        if hasattr(self.model.objects, "for_user"):
            queryset = queryset.filter(pk__in=self.model.objects.for_user(request.user).values("pk"))
        return queryset

    def get_urls(self) -> list[Any]:
        name = self._url("do")
        view = self.admin_site.admin_view(self.do)
        return [
            path("do/<str:verb>/", view, name=f"{name}_list"),
            path("<path:object_id>/do/<str:verb>/", view, name=name),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self.get_object(request, object_id)
        offered = self._offered(request, record) if record else []
        links = [(verb.label, reverse(f"admin:{self._url('do')}", args=[object_id, verb.name])) for verb in offered]
        page = self.workbench.__func__(record) if self.workbench and record else ""  # type: ignore[attr-defined]
        context = {**(extra_context or {}), "verb_links": links, "workbench": page}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        links = [
            (verb.label, reverse(f"admin:{self._url('do')}_list", args=[verb.name]))
            for verb in self.list_verbs
            if roles.may(request.user, verb.permission)  # type: ignore[arg-type]
        ]
        return super().changelist_view(request, {**(extra_context or {}), "verb_links": links})  # type: ignore[no-any-return]

    def do(self, request: HttpRequest, verb: str, object_id: str = "") -> HttpResponse:
        """The confirmation page (GET) and the act (POST)."""
        record = self.get_object(request, object_id) if object_id else None
        if object_id and record is None:
            raise Http404(object_id)
        chosen = self._verb(request, verb, record)
        form = dressed(chosen.form(request.POST or None, request.FILES or None))
        status = 200
        if request.method == "POST" and form.is_valid():
            try:
                answer = chosen.call(record, form.cleaned_data, by=request.user, at=timezone.now())
            except Refused as refused:
                status = refused.status_code
                for blocker in refused.blockers:
                    field = blocker.field if blocker.field in form.fields else None
                    form.add_error(field, f"{blocker.message} {blocker.remedy}".strip())
            else:
                messages.success(request, answer if isinstance(answer, str) else f"Done: {chosen.label.lower()}.")
                return HttpResponseRedirect(self._back(object_id))
        context = {
            **self.admin_site.each_context(request),
            "title": chosen.label,
            "opts": self.opts,
            "record": record,
            "form": form,
            "verb": chosen,
            "back": self._back(object_id),
        }
        return TemplateResponse(request, "admin/do.html", context, status=status)

    def _verb(self, request: HttpRequest, name: str, record: Any) -> Verb:
        table = self.verbs if record is not None else self.list_verbs
        chosen = next((verb for verb in table if verb.name == name), None)
        if chosen is None:
            raise Http404(name)
        if not roles.may(request.user, chosen.permission):  # type: ignore[arg-type]
            raise PermissionDenied(chosen.permission)
        return chosen

    def _offered(self, request: HttpRequest, record: Any) -> list[Verb]:
        return [
            verb
            for verb in self.verbs
            if roles.may(request.user, verb.permission) and verb.offered(record, request.user)  # type: ignore[arg-type]
        ]

    def _url(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _back(self, object_id: str) -> str:
        if object_id:
            return reverse(f"admin:{self._url('change')}", args=[object_id])
        return reverse(f"admin:{self._url('changelist')}")


class Rows(TabularInline):  # type: ignore[misc]
    """A record's rows, read-only."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False
