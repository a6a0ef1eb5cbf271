"""Addresses of the API on parties, lists, hits and screenings."""

urlpatterns: list = []
