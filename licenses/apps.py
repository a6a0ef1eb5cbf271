from django.apps import AppConfig


class LicensesConfig(AppConfig):
    name = "licenses"
    verbose_name = "Licenses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exportctl import notices as platform

        from . import notices, reactions

        reactions.connect()
        platform.register(*notices.KINDS)
