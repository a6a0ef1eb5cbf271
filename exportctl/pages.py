"""Addresses of the platform's pages."""

from django.urls import path

from . import views

app_name = "exportctl"
urlpatterns = [
    path("audit/", views.audit_log, name="audit"),
    path("roles/", views.role_table, name="roles"),
    path("stay/", views.stay, name="stay"),
]
