from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

# Reading and writing everywhere; on the event log reading and appending only.
GRANTS = """
GRANT USAGE ON SCHEMA public TO exportctl_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO exportctl_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO exportctl_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO exportctl_app;
REVOKE UPDATE, DELETE, TRUNCATE ON exportctl_event FROM exportctl_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM exportctl_app;
"""


class Command(BaseCommand):
    help = "Give the application's database role its rights (run as the owner, after migrate)."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'exportctl_app'")
            if cursor.fetchone() is None:
                self.stdout.write("No role exportctl_app: the owner's role is used for everything.")
                return
            cursor.execute(GRANTS)
        self.stdout.write("exportctl_app may read and write; on the event log only read and append.")
