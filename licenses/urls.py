"""Addresses of the pages on applications, decisions and licenses."""

from django.urls import path

from .views import (
    applications,
    decisions,
    determination,
    determinations,
    draft,
    filings,
    handovers,
    items,
    letters,
    licenses,
    policies,
    queue,
    reports,
    review,
    verify,
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
    path("applications/<slug:number>/share/", handovers.share, name="draft-share"),
    path("applications/<slug:number>/hand-over/", handovers.hand_over, name="draft-hand-over"),
    path("applications/<slug:number>/resubmit/", filings.resubmit, name="application-resubmit"),
    path("applications/<slug:number>/versions/", filings.versions, name="application-versions"),
    path("applications/<slug:number>/files/", filings.files, name="files"),
    path("applications/<slug:number>/files/add/", filings.attach, name="file-add"),
    path("applications/<slug:number>/red-flags/", filings.red_flags, name="red-flags"),
    path(
        "applications/<slug:number>/red-flags/<int:pk>/<slug:action>/", filings.flag_act, name="red-flag-act"
    ),
    path("applications/<slug:number>/deemed-export/", filings.deemed_form, name="deemed"),
    path("applications/<slug:number>/keying/", filings.keying_sheet, name="keying"),
    path("applications/<slug:number>/letters/preview/", letters.preview, name="letter-preview"),
    path(
        "applications/<slug:number>/letters/preview.pdf",
        letters.preview,
        {"form": "pdf"},
        name="letter-preview-pdf",
    ),
    path("applications/<slug:number>/letters/<int:letter>/", letters.one, name="letter"),
    path(
        "applications/<slug:number>/letters/<int:letter>.pdf", letters.one, {"form": "pdf"}, name="letter-pdf"
    ),
    path("applications/<slug:number>/<slug:action>/", review.act, name="application-act"),
    path("drafts/hand-over/", handovers.leaver, name="drafts-hand-over"),
    path("decisions/", decisions.index, name="decisions"),
    path("determinations/", determinations.index, name="determinations"),
    path("items/", items.index, name="items"),
    path("items/new/", items.new, name="item-new"),
    path("items/options/", items.options, name="item-options"),
    path("items/<int:pk>/", items.one, name="item"),
    path("items/<int:pk>/edit/", items.edit, name="item-edit"),
    path("items/<int:pk>/classify/", items.classify, name="item-classify"),
    path("items/<int:pk>/files/add/", items.attach, name="item-file-add"),
    path("items/<int:pk>/classifications/<int:record>/<slug:action>/", items.act, name="classification-act"),
    path("documents/<int:pk>/", filings.document, name="document"),
    path("documents/<int:pk>/<slug:action>/", filings.document_act, name="document-act"),
    path("licenses/", licenses.index, name="licenses"),
    path("licenses/<slug:number>/", licenses.one, name="license"),
    path("licenses/<slug:number>/replace/", filings.replace, name="license-replace"),
    path("licenses/<slug:number>/ship/", licenses.ship, name="license-ship"),
    path("licenses/<slug:number>/reverse/", licenses.reverse, name="license-reverse"),
    path("licenses/<slug:number>/<slug:action>/", licenses.act, name="license-act"),
    path("policies/", policies.index, name="policies"),
    path("verify/", verify.ask, name="verify"),
    path("verify/<str:code>/", verify.answer, name="verify-code"),
    path("reports/", reports.index, name="reports"),
    path("reports/<slug:name>/", reports.one, name="report"),
]
