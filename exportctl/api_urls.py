"""Addresses of the platform's API."""

from django.urls import path

from .api_events import EventFeed

urlpatterns = [path("events/", EventFeed.as_view(), name="events")]
