from django.apps import AppConfig


class LicensesConfig(AppConfig):
    name = "licenses"
    verbose_name = "Licenses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import reactions

        reactions.connect()
