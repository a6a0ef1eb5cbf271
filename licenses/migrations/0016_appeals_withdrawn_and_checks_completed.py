import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from licenses.ledger_sql import WITHDRAWALS_DROP, WITHDRAWALS_KEPT


class Migration(migrations.Migration):
    dependencies = [
        ("licenses", "0011_assignments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AppealWithdrawal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="clockstop",
            name="completed_on",
            field=models.DateField(
                blank=True, help_text="The day a pre-license check was completed; the stop lasts", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="clockstop",
            constraint=models.CheckConstraint(
                condition=models.Q(("completed_on", None), ("reason", "PLC"), _connector="OR"),
                name="licenses_stop_completed_check",
            ),
        ),
        migrations.AddField(
            model_name="appealwithdrawal",
            name="appeal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="withdrawals", to="licenses.appeal"
            ),
        ),
        migrations.AddField(
            model_name="appealwithdrawal",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="appealwithdrawal",
            constraint=models.UniqueConstraint(fields=("appeal",), name="licenses_appeal_withdrawn_once"),
        ),
        migrations.RunSQL(WITHDRAWALS_KEPT, WITHDRAWALS_DROP),
    ]
