from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from entities import lists, weighing
from entities import seed as listings
from exportctl import people, roles
from licenses import bodies
from licenses import seed as policies


class Command(BaseCommand):
    help = (
        "Write what every installation starts from: roles, list sources, review bodies, license review policies. "
        "Idempotent; --listings also publishes the listings delivered with the product."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--listings", action="store_true", help="publish the delivered listings as one list version"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by, at = people.job_user("setup"), timezone.now()
        standing = set(Group.objects.values_list("name", flat=True))
        missing = [Group(name=code) for code in roles.ROLES if code not in standing]
        made = len(Group.objects.bulk_create(missing))
        lists.ensure_sources()
        agencies = bodies.ensure(by=by, at=at)
        new = policies.seed(by=by, at=at)
        self.stdout.write(f"roles: {made} new, {len(roles.ROLES)} in all")
        self.stdout.write(f"list sources: {len(lists.SOURCES)} in all")
        self.stdout.write(f"review bodies of the regulation: {agencies} new")
        self.stdout.write(f"review policies: {new} new")
        if weighing.note_engine(by=by, at=at):
            self.stdout.write("screening: another engine, every party is screened again")
        if options["listings"]:
            version = listings.load(by=by, at=at)
            self.stdout.write(f"listings: version {version.number} of {version.effective_on} is in force")
