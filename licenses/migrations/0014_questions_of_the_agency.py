from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("licenses", "0010_questions")]

    operations = [
        migrations.AddField(
            model_name="question",
            name="given_on",
            field=models.DateField(blank=True, help_text="The day the agency got the answer", null=True),
        ),
        migrations.AddField(
            model_name="question",
            name="read_on",
            field=models.DateField(
                blank=True, help_text="Of the agency, read outside on this day", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("given_on", None), ("read_on", None)),
                    models.Q(
                        ("read_on__gte", models.F("asked_on")),
                        ("stop", None),
                        ("to", "filer"),
                        models.Q(
                            models.Q(("answered_at", None), ("given_on", None)),
                            models.Q(("answered_at__isnull", False), ("given_on__gte", models.F("asked_on"))),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="licenses_question_outside_paired",
            ),
        ),
    ]
