"""Addresses of the pages on applications, decisions and licenses."""

from django.urls import path

from .views import (
    applications,
    decisions,
    determination,
    draft,
    items,
    licenses,
    policies,
    queue,
    reports,
    review,
)

app_name = "licenses"
urlpatterns = [
    path("", queue.work, name="work"),
    path("search/", queue.search, name="search"),
    path("applications/", applications.index, name="applications"),
    path("applications/new/", applications.new, name="application-new"),
    path("applications/<slug:number>/", review.one, name="application"),
    path("applications/<slug:number>/edit/", draft.edit, name="application-edit"),
    path("applications/<slug:number>/copy/", applications.copy, name="application-copy"),
    path("applications/<slug:number>/determination/", determination.one, name="determination"),
    path(
        "applications/<slug:number>/determination/<slug:action>/", determination.act, name="determination-act"
    ),
    path("applications/<slug:number>/memos/<int:memo>/", determination.memo, name="determination-memo"),
    path(
        "applications/<slug:number>/memos/<int:memo>.pdf",
        determination.memo,
        {"form": "pdf"},
        name="determination-memo-pdf",
    ),
    path("applications/<slug:number>/<slug:action>/", review.act, name="application-act"),
    path("decisions/", decisions.index, name="decisions"),
    path("items/", items.index, name="items"),
    path("items/new/", items.new, name="item-new"),
    path("licenses/", licenses.index, name="licenses"),
    path("licenses/<slug:number>/", licenses.one, name="license"),
    path("licenses/<slug:number>/ship/", licenses.ship, name="license-ship"),
    path("licenses/<slug:number>/reverse/", licenses.reverse, name="license-reverse"),
    path("licenses/<slug:number>/<slug:action>/", licenses.act, name="license-act"),
    path("policies/", policies.index, name="policies"),
    path("reports/", reports.index, name="reports"),
    path("reports/<slug:name>/", reports.one, name="report"),
]
