from django.apps import AppConfig


class EntitiesConfig(AppConfig):
    name = "entities"
    verbose_name = "Who is who"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exportctl import health, metrics, shell, telling
        from exportctl import notices as platform

        from . import masking, notices, reactions
        from .views import frame, freshness

        reactions.connect()
        platform.register(*notices.KINDS)
        health.facts["lists"] = freshness.facts
        metrics.gauges.append(freshness.gauges)
        shell.counts["entities:hits"] = frame.hits_to_judge
        shell.counts["exportctl:notices"] = frame.unread_notices
        shell.foot.append(frame.foot)
        telling.masks.append(masking.event)
