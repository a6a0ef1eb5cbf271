"""Addresses of the platform's pages."""

app_name = "exportctl"
urlpatterns: list = []
