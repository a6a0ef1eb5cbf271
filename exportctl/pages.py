"""Addresses of the platform's pages."""

from django.urls import path

from . import desk, views

app_name = "exportctl"
urlpatterns = [
    path("audit/", views.audit_log, name="audit"),
    path("roles/", views.role_table, name="roles"),
    path("notices/", desk.notices, name="notices"),
    path("notices/settings/", desk.settings, name="notice-settings"),
    path("notices/read/", desk.read, name="notices-read"),
    path("stay/", views.stay, name="stay"),
]
