"""The Celery application: the queue is a bell, the database is the truth (Job rows)."""

import os

from celery import Celery

from exportctl import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exportctl.settings")

app = Celery("exportctl")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
heartbeat.connect()
