"""Addresses of the pages on parties, hits and lists."""

app_name = "entities"
urlpatterns: list = []
