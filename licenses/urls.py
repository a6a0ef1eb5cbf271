"""Addresses of the pages on applications, decisions and licenses."""

app_name = "licenses"
urlpatterns: list = []
