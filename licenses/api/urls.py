"""Addresses of the API on applications, decisions and licenses."""

urlpatterns: list = []
