"""Small rows beneath a row, read in its own query: each relation as one column of JSON, made into rows again.

A page about one record asks for many short lists. Prefetching costs a query each; folded, they cost none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import CharField, F, OuterRef
from django.db.models.functions import Cast, JSONObject

from .people import User

PREFIX = "folded_"


def folded(
    model: type[models.Model], paths: Mapping[str, str], without: Mapping[str, Iterable[str]] | None = None
) -> dict[str, ArraySubquery]:
    """Annotations for a query of `model`: for each path ("stops", "referrals__recommendations") the order of
    its rows ("pk", "-started_at"). `without` names the long columns of a path that are read when asked for."""
    left = without or {}
    return {
        PREFIX + path: ArraySubquery(_rows(model, path, order, frozenset(left.get(path, ()))))
        for path, order in paths.items()
    }


def _rows(model: type[models.Model], path: str, order: str, without: frozenset[str]) -> Any:
    related: Any = model
    back: list[str] = []
    for part in path.split("__"):
        field: Any = related._meta.get_field(part)
        related, back = field.related_model, [field.field.name, *back]
    columns = {
        field.attname: Cast(field.attname, CharField())
        if isinstance(field, models.DecimalField)
        else F(field.attname)
        for field in related._meta.concrete_fields
        if field.attname not in without
    }
    rows = related._default_manager.filter(**{"__".join(back): OuterRef("pk")}).order_by(order)
    return rows.values(folded=JSONObject(**columns))


def unfold(row: models.Model, paths: Iterable[str]) -> list[models.Model]:
    """Give a loaded row its folded relations, as if prefetched; returns all rows made. A path beneath another
    comes after it."""
    made: list[models.Model] = []
    for path in paths:
        *above, name = path.split("__")
        parents = [row]
        for part in above:
            parents = [each for parent in parents for each in getattr(parent, part).all()]
        field: Any = parents[0]._meta.get_field(name) if parents else None
        if field is None:
            continue
        children = [_made(field.related_model, said) for said in getattr(row, PREFIX + path)]
        for parent in parents:
            mine = [each for each in children if getattr(each, field.field.attname) == parent.pk]
            for each in mine:
                setattr(each, field.field.name, parent)
            known = _related(field, parent)
            known._result_cache, known._prefetch_done = mine, True
            vars(parent).setdefault("_prefetched_objects_cache", {})[name] = known
        made += children
    return made


def _related(field: Any, parent: models.Model) -> Any:
    """What `parent.<relation>.all()` is, without the copies of a query that the manager makes: a list of 50 rows
    has hundreds of them. The filter is put on when something is asked of it beyond the rows known."""
    known = field.related_model._default_manager.get_queryset()
    known._deferred_filter = (False, (), {field.field.name: parent})
    known._known_related_objects = {field.field: {parent.pk: parent}}
    return known


def _made(model: Any, said: dict[str, Any]) -> Any:
    fields = [each for each in model._meta.concrete_fields if each.attname in said]
    return model.from_db(
        None, [each.attname for each in fields], [each.to_python(said[each.attname]) for each in fields]
    )


def name_users(rows: Iterable[models.Model], known: dict[int, User]) -> None:
    """Set the users that rows point to, from those loaded already; others are asked for when they are read."""
    for row in rows:
        for field in row._meta.concrete_fields:
            if field.related_model is User and (user := known.get(getattr(row, field.attname))):
                setattr(row, field.name, user)


def user_keys(rows: Iterable[models.Model]) -> set[int]:
    """The keys of the users that rows point to."""
    return {
        value
        for row in rows
        for field in row._meta.concrete_fields
        if field.related_model is User and (value := getattr(row, field.attname)) is not None
    }
