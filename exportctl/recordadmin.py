"""The admin's manner: records are read-only, each act is a confirmation page whose POST calls a verb.

A GET never changes anything; rights come from the roles table, rows from the models' `for_user` (of the
record itself or, with `within`, of what it belongs to).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from . import roles, stepup
from .errors import Refused


class Confirm(forms.Form):
    """Nothing to fill in: the page itself is the confirmation."""


class WithReason(forms.Form):
    """An act that states its reason."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="Kept in the event log.")


@dataclass(frozen=True, slots=True)
class Verb:
    """One act on a record (or, in `list_verbs`, without one).

    `call(record, fields, by=, at=)` calls the verb; a text it returns is shown. `offered(record, user)`
    hides the act where it cannot be; `step_up` asks for the password or second factor again first.
    """

    name: str
    label: str
    permission: str
    call: Callable[..., Any]
    form: type[forms.Form] = Confirm
    offered: Callable[[Any, Any], bool] = lambda record, user: True
    step_up: bool = False


def dressed(form: forms.Form) -> forms.Form:
    """The form with the theme's classes on its inputs; boxes to check stay as they are."""
    for field in form.fields.values():
        classes = INPUT_CLASSES
        if isinstance(field.widget, (forms.CheckboxSelectMultiple, forms.RadioSelect, forms.CheckboxInput)):
            continue
        if isinstance(field.widget, forms.Textarea):
            classes = TEXTAREA_CLASSES
        elif isinstance(field.widget, forms.Select):
            classes = SELECT_CLASSES
        field.widget.attrs["class"] = " ".join(classes)
    return form


class Linked:
    """Links to another record only for those who may open its page; others read its name."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        named = super().get_fields(request, obj)  # type: ignore[misc]
        return [self._unlinked(request, name) for name in named]

    def _unlinked(self, request: HttpRequest, name: Any) -> Any:
        try:
            field = self.opts.get_field(name)  # type: ignore[attr-defined]
        except (FieldDoesNotExist, AttributeError):
            return name
        if not field.many_to_one:
            return name
        other = self.admin_site._registry.get(field.related_model)  # type: ignore[attr-defined]
        if other is None or other.has_view_permission(request):
            return name
        return plainly(field)


@cache
def plainly(field: models.Field[Any, Any]) -> Callable[[Any], str]:
    """A column that names the record a field points to, without a link."""

    @admin.display(description=field.verbose_name)
    def named(record: Any) -> str:
        found = getattr(record, field.name)
        return "-" if found is None else str(found)

    return named


class RecordAdmin(Linked, ModelAdmin):  # type: ignore[misc]
    """A read-only record with verbs.

    `reads` is the permission that shows it, `workbench` its page there, `within` what it belongs to where the
    model has no `for_user` of its own: (path, model); `whole` says that every reader sees every row.
    `confirm` names what a confirmation page shows of the record; the columns of the list by default.
    """

    reads = ""
    within: tuple[str, type[models.Model]] | None = None
    whole = False
    confirm: tuple[str, ...] = ()
    workbench: Callable[[Any], str] | None = None
    verbs: tuple[Verb, ...] = ()
    list_verbs: tuple[Verb, ...] = ()
    change_form_outer_before_template = "admin/verbs.html"
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
        queryset: models.QuerySet[Any] = super().get_queryset(request)
        if self.within is not None:
            path, owner = self.within
            return queryset.filter(**{f"{path}__in": owner._default_manager.for_user(request.user)})  # type: ignore[attr-defined]
        if self.whole:
            return queryset
        return queryset.filter(pk__in=self.model.objects.for_user(request.user).values("pk"))

    def history_of(self, record: Any) -> models.Model:
        """The record whose events tell this one's history."""
        return record  # type: ignore[no-any-return]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The events of the record, on the page of the event log."""
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request):
            raise Http404(object_id)
        told = self.history_of(record)
        wanted = urlencode({"object": f"{told._meta.concrete_model._meta.label_lower} {told.pk}"})  # type: ignore[union-attr]
        return HttpResponseRedirect(f"{reverse('exportctl:audit')}?{wanted}")

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
        if not self.has_view_permission(request):
            raise PermissionDenied(self.reads)
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404(object_id)
        offered = self._offered(request, record)
        links = [
            (verb.label, reverse(f"admin:{self._url('do')}", args=[object_id, verb.name])) for verb in offered
        ]
        page = self.workbench.__func__(record) if self.workbench else ""  # type: ignore[attr-defined]
        context = {**(extra_context or {}), "verb_links": links, "workbench": page}
        context["show_history"] = roles.may(request.user, "audit.read")  # type: ignore[arg-type]
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
        if not self.has_view_permission(request):
            raise PermissionDenied(self.reads)
        record = self.get_object(request, object_id) if object_id else None
        if object_id and record is None:
            raise Http404(object_id)
        chosen = self._verb(request, verb, record)
        if chosen.step_up:
            stepup.ask(request)
        posted = request.method == "POST"
        form = dressed(chosen.form(request.POST, request.FILES) if posted else chosen.form())
        status = 200
        if posted and form.is_valid():
            try:
                answer = chosen.call(record, form.cleaned_data, by=request.user, at=timezone.now())
            except Refused as refused:
                status = refused.status_code
                for blocker in refused.blockers:
                    field = blocker.field if blocker.field in form.fields else None
                    form.add_error(field, f"{blocker.message} {blocker.remedy}".strip())
            else:
                messages.success(
                    request, answer if isinstance(answer, str) else f"Done: {chosen.label.lower()}."
                )
                return HttpResponseRedirect(self._back(object_id))
        context = {
            **self.admin_site.each_context(request),
            "title": chosen.label,
            "opts": self.opts,
            "original": record,
            "facts": self._facts(record) if record else [],
            "form": form,
            "verb": chosen,
            "back": self._back(object_id),
        }
        return TemplateResponse(request, "admin/do.html", context, status=status)

    def _facts(self, record: Any) -> list[tuple[str, str]]:
        """What the record says, as its list would show it."""
        told = []
        for name in self.confirm or self.list_display:
            field, _, value = lookup_field(name, record, self)
            label = label_for_field(name, self.model, model_admin=self)
            plain = display_for_value(value, "") if field is None else display_for_field(value, field, "")
            if plain:
                told.append((str(label), str(plain)))
        return told

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


class Rows(Linked, TabularInline):  # type: ignore[misc]
    """A record's rows, read-only."""

    extra = 0
    hide_title = True
    can_delete = False

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False
