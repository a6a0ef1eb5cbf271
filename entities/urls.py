"""Addresses of the pages on parties, hits and lists."""

from django.urls import path

from .views import entries, hits, house, imports, lists, parties, sources

app_name = "entities"
urlpatterns = [
    path("parties/", parties.index, name="parties"),
    path("parties/new/", parties.new, name="party-new"),
    path("parties/chip/", parties.chip, name="chip"),
    path("parties/options/", parties.options, name="party-options"),
    path("parties/<int:pk>/", parties.one, name="party"),
    path("parties/<int:pk>/edit/", parties.edit, name="party-edit"),
    path("parties/<int:pk>/screen/", parties.screen, name="party-screen"),
    path("hits/", hits.index, name="hits"),
    path("hits/<int:pk>/", hits.one, name="hit"),
    path("hits/<int:pk>/propose/", hits.propose, name="hit-propose"),
    path("hits/<int:pk>/agree/", hits.agree, name="hit-agree"),
    path("hits/<int:pk>/send-back/", hits.send_back, name="hit-send-back"),
    path("hits/<int:pk>/reopen/", hits.reopen, name="hit-reopen"),
    path("lists/", lists.index, name="lists"),
    path("lists/house/", house.index, name="house"),
    path("lists/house/<int:pk>/", house.edit, name="house-entry"),
    path("lists/house/<int:pk>/end/", house.end, name="house-end"),
    path("lists/house/import/", house.bring_in, name="house-import"),
    path("lists/house/review/", house.review, name="house-review"),
    path("lists/import/", imports.bring_in, name="list-import"),
    path("lists/entries/", entries.index, name="entries"),
    path("lists/entries/<int:pk>/", entries.one, name="entry"),
    path("lists/sources/<slug:code>/", sources.one, name="list-source"),
    path("lists/sources/<slug:code>/compare/", sources.compare, name="list-compare"),
    path("lists/sources/<slug:code>/received/<slug:digest>/", imports.one, name="list-received"),
    path("lists/jobs/", lists.jobs, name="list-jobs"),
    path("lists/versions/<int:pk>/", lists.version, name="list-version"),
    path("lists/versions/<int:pk>/release/", lists.release, name="list-release"),
    path("lists/versions/<int:pk>/reject/", lists.reject, name="list-reject"),
]
