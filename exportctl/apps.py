from django.apps import AppConfig

from .celery import app as celery_app  # binds every process to the configured broker

__all__ = ["celery_app"]


class ExportctlConfig(AppConfig):
    name = "exportctl"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"
