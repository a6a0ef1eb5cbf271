from django.apps import AppConfig


class EntitiesConfig(AppConfig):
    name = "entities"
    verbose_name = "Who is who"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import reactions

        reactions.connect()
