"""Addresses of the platform's API."""

urlpatterns: list = []
