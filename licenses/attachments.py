"""Documents in the file of an application or an item: attach, take off, hold, lift."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from exportctl import audit, documents, roles
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from .models import Application, Attachment, DocumentKind, Item
from .workflow import Status

MOST = 100  # documents in one file


def attach(
    *,
    file: IO[bytes],
    name: str,
    kind: str,
    application: Application | None = None,
    item: Item | None = None,
    note: str = "",
    by: User,
    at: datetime,
) -> Attachment:
    """Keep an uploaded file and put it into the file of an application, or of an item.

    Refuses what `documents.keep` refuses, an unknown kind, an overlong note, and a case that is withdrawn.
    Events document.kept and document.attached.
    """
    roles.require(by, "item.change" if item else "document.attach", person=False)
    found = []
    if kind not in DocumentKind.values:
        found.append(Blocker("invalid", f"'{kind[:40]}' is no kind of document.", field="kind",
                             remedy=f"One of: {', '.join(DocumentKind.values)}."))  # fmt: skip
    if len(note) > 200 or "\x00" in note:
        found.append(
            Blocker("invalid", "Longer than 200 characters or no text.", field="note", remedy="Shorten it.")
        )
    if found:
        raise Invalid(found)
    if application is not None and application.status == Status.WITHDRAWN:
        raise refuse("withdrawn", f"{application.number} is withdrawn; nothing is added to it.")
    held = Attachment.objects.filter(application=application, item=item, taken_off_at=None)
    if held.count() >= MOST:
        raise refuse(
            "too_many", f"There are {MOST} documents already.", remedy="Take some off, or join files."
        )
    with audit.action(by=by, at=at) as log:
        document = documents.keep(file=file, name=name, by=by, at=at)
        attachment = Attachment.objects.create(
            application=application, item=item, document=document, kind=kind, note=note.strip()
        )
        log("document.attached", application or item or document, document=document.pk, name=document.name,
            kind=kind, sha256=document.sha256, application=application.number if application else "",
            item=item.part_number if item else "")  # fmt: skip
    return attachment


def take_off(*, attachment: Attachment, by: User, at: datetime) -> Attachment:
    """Take a document out of the file; what was filed stays filed.

    Refuses a document under legal hold, one that is part of a filed application (records are kept five
    years, part 762), and one that is taken off already. The row and the bytes stay. Event document.taken_off.
    """
    roles.require(by, "item.change" if attachment.item_id else "document.attach")
    with audit.action(by=by, at=at) as log:
        rows = Attachment.objects.select_related("document", "application", "item")
        row = rows.select_for_update(no_key=True, of=("self",)).get(pk=attachment.pk)
        if row.document.held_at is not None:
            raise refuse("held", f"“{row.document.name}” is under legal hold: {row.document.hold_reason}",
                         remedy="Whoever set the hold lifts it first.", citation="15 CFR 762.6")  # fmt: skip
        if row.application is not None and row.application.status != Status.DRAFT:
            raise refuse("filed", f"“{row.document.name}” belongs to a filed application.",
                         remedy="Add the corrected document beside it.", citation="15 CFR 762.2")  # fmt: skip
        if row.taken_off_at is not None:
            raise refuse("taken_off", f"“{row.document.name}” is taken off already.")
        row.taken_off_at, row.taken_off_by = at, by
        row.save(update_fields=["taken_off_at", "taken_off_by"])
        log("document.taken_off", row.application or row.item or row.document, document=row.document_id,
            name=row.document.name, sha256=row.document.sha256)  # fmt: skip
    return row


def hold(*, attachment: Attachment, reason: str, by: User, at: datetime) -> Attachment:
    """Put a document under legal hold. Event document.held."""
    roles.require(by, "document.hold", person=True)
    documents.hold(document=attachment.document, reason=reason, by=by, at=at)
    attachment.refresh_from_db()
    return attachment


def lift(*, attachment: Attachment, by: User, at: datetime) -> Attachment:
    """Lift the legal hold of a document. Event document.lifted."""
    roles.require(by, "document.hold", person=True)
    documents.lift(document=attachment.document, by=by, at=at)
    attachment.refresh_from_db()
    return attachment
