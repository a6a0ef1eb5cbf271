from django.apps import AppConfig


class EntitiesConfig(AppConfig):
    name = "entities"
    verbose_name = "Who is who"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exportctl import shell

        from . import reactions
        from .views import frame

        reactions.connect()
        shell.counts["entities:hits"] = frame.hits_to_judge
        shell.foot.append(frame.foot)
