"""Notes of what the agency asked and was told become questions with their answers; a note is its status alone.

Backwards the questions stay what they are: the older product reads them too.
"""

from django.db import migrations, models
from django.utils import timezone

NOT_NOTED = "The question of the agency was not noted here."


def move(apps, schema_editor):
    """An answer goes to the earliest question noted before it that has none. Days not known are those read."""
    Note, Question = apps.get_model("licenses", "AgencyNote"), apps.get_model("licenses", "Question")
    for row in Question.objects.filter(application__route="company", to="filer", stop=None, read_on=None):
        row.read_on = max(timezone.localdate(row.asked_at), row.asked_on)
        row.given_on = row.answered_at and max(timezone.localdate(row.answered_at), row.asked_on)
        row.save(update_fields=["read_on", "given_on"])
    waiting = {}
    for note in Note.objects.exclude(kind="status").order_by("application_id", "read_on", "pk"):
        case = waiting.setdefault(note.application_id, [])
        row = case.pop(0) if case and note.kind == "answer" else _asked(Question, note)
        if note.kind == "answer":
            row.answer, row.given_on = note.text, note.read_on
            row.answered_by_id, row.answered_at = note.made_by_id, note.made_at
        else:
            case.append(row)
        row.save()
    Note.objects.exclude(kind="status").delete()


def _asked(Question, note):
    last = Question.objects.filter(application=note.application_id).order_by("-number").first()
    return Question(
        application_id=note.application_id, number=last.number + 1 if last else 1, body="commerce", to="filer",
        text=note.text if note.kind == "question" else NOT_NOTED, asked_on=note.read_on, read_on=note.read_on,
        due_on=note.read_on, asked_by_id=note.made_by_id, asked_at=note.made_at,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("licenses", "0014_questions_of_the_agency")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        # a default, so that going backwards finds one for the rows there are
        migrations.AlterField(
            model_name="agencynote", name="kind", field=models.CharField(default="status", max_length=10)
        ),
        migrations.RemoveField(model_name="agencynote", name="kind"),
    ]
