"""Words, icons and small parts that every template uses. Built in: no {% load %} is needed.

No clock here: `today` comes from the view (or from exportctl.shell.context).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import structlog
from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exportctl.charts import Chart, Series, columns
from exportctl.countries import COUNTRIES

register = template.Library()

CURRENCIES = {"USD": "$"}
NOTICE_TONES = {"success": "good", "info": "info", "debug": "info", "warning": "soon", "error": "late"}
TONE_ICONS = {"late": "late", "soon": "soon", "good": "good", "hold": "hold", "info": "info", "plain": ""}


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline in words, with the tone and the icon that say it again."""

    tone: str
    icon: str
    words: str


def due_of(on: date, today: date) -> Due:
    """How a deadline stands on a day: late after it, soon on it, plain before it."""
    days = (on - today).days
    if days < 0:
        return Due("late", "late", f"{-days:,} day{'' if days == -1 else 's'} late")
    if days == 0:
        return Due("soon", "soon", "Due today")
    return Due("plain", "date", f"{days:,} day{'' if days == 1 else 's'} left")


@register.simple_tag
def icon(name: str) -> SafeString:
    """{% icon "late" %}: one of the symbols of icons.svg; always beside words."""
    if not name:
        return SafeString("")
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', static("exportctl/icons.svg"), name
    )


@register.simple_tag
def chip(words: str, tone: str = "plain", icon_name: str | None = None) -> SafeString:
    """{% chip "Approved" "good" %}: an outcome in words; the icon follows the tone unless given."""
    shown = TONE_ICONS.get(tone, "") if icon_name is None else icon_name
    return format_html('<span class="chip" data-tone="{}">{}{}</span>', tone, icon(shown), words)


@register.simple_tag
def due(
    on: date | datetime | None, today: date, note: str = "", paused: str = "", done: date | None = None
) -> SafeString:
    """{% due referral.due_on today %}: "3 days left" with its date.

    `note` replaces the date ("day 9 of 9"); `paused` is the cause of a stopped clock; `done` is the day
    it was met. No date and neither of these: nothing.
    """
    if done is not None:
        late = on is not None and as_day(done) > as_day(on)
        state = Due("plain", "date", "Done late") if late else Due("good", "good", "Done")
        return _due(state, done, today, note)
    if paused:
        return _due(Due("hold", "hold", "Paused"), None, today, paused)
    if on is None:
        return SafeString("")
    return _due(due_of(as_day(on), today), on, today, note)


def _due(state: Due, on: date | None, today: date, note: str) -> SafeString:
    line: str = ""
    if note:
        line = format_html("<time>{}</time>", note)
    elif on is not None:
        stamp = as_day(on)
        line = format_html('<time datetime="{}">{}</time>', stamp.isoformat(), short_day(on, today))
    return format_html(
        '<span class="due" data-tone="{}">{}<span>{}</span>{}</span>',
        state.tone,
        icon(state.icon),
        state.words,
        line,
    )


@register.filter
def due_words(on: date | datetime | None, today: date) -> str:
    """{{ on|due_words:today }}: only the words of {% due %}."""
    return "" if on is None else due_of(as_day(on), today).words


def as_day(value: date | datetime) -> date:
    """The calendar day of a date or an aware datetime, in the current time zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter
def day(value: date | datetime | None) -> str:
    """A date as "Aug 6, 2026"; None is empty."""
    if not value:
        return ""
    on = as_day(value)
    return f"{on:%b} {on.day}, {on.year}"


@register.filter
def short_day(value: date | datetime | None, today: date | None = None) -> str:
    """A date as "Aug 6"; with its year when that is not the year of `today`."""
    if not value:
        return ""
    on = as_day(value)
    return day(on) if today is not None and on.year != today.year else f"{on:%b} {on.day}"


@register.filter
def moment(value: datetime | None) -> str:
    """A datetime as "Aug 6, 2026, 10:42 UTC"; None is empty."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value.replace(tzinfo=UTC)
    return f"{day(local)}, {local:%H:%M} {local.tzname()}"


@register.filter
def money(value: Any, currency: str = "USD") -> str:
    """An amount as "$336,000", with cents only where there are some; other currencies as "EUR 12"."""
    amount = _decimal(value)
    if amount is None:
        return ""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    figures = f"{abs(cents):,.0f}" if cents == cents.to_integral_value() else f"{abs(cents):,.2f}"
    sign = "-" if cents < 0 else ""
    return f"{sign}{CURRENCIES.get(currency, currency + ' ')}{figures}"


@register.filter
def quantity(value: Any) -> str:
    """A count as "1,200" or "0.5": thousands separators, no idle zeros."""
    amount = _decimal(value)
    if amount is None:
        return ""
    return f"{amount.normalize():,f}"


@register.filter
def pct(part: Any, whole: Any = 100) -> str:
    """A share as "92.3 %" of `whole`; "no data" where the whole is nothing."""
    share, total = _decimal(part), _decimal(whole)
    if share is None or not total:
        return "no data"
    value = (share * 100 / total).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{value.normalize():f} %"


@register.filter
def width(part: Any, whole: Any) -> str:
    """A bar's length as an SVG attribute, 0 to 100, never beyond its track."""
    share, total = _decimal(part), _decimal(whole)
    if share is None or not total:
        return "0"
    value = min(max(share * 100 / total, Decimal(0)), Decimal(100)).quantize(Decimal("0.01"))
    return f"{value.normalize():f}"


def _decimal(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


@register.filter
def country(code: str | None) -> str:
    """The English name of an ISO 3166-1 code; an unknown code stays as it is."""
    return COUNTRIES.get((code or "").upper(), code or "")


@register.filter
def short_hash(value: str | None) -> str:
    """A SHA-256 as "51d2 a0c8 ... 3b7e", to compare by eye; print the whole one where it must be proved."""
    text = value or ""
    return text if len(text) < 16 else f"{text[:4]} {text[4:8]} … {text[-4:]}"


@register.filter
def notice(message: Any) -> dict[str, str]:
    """A message of django.contrib.messages as {words, tone, icon, undo, until}."""
    tone = NOTICE_TONES.get(message.level_tag, "info")
    mark, _, rest = (message.extra_tags or "").partition(" ")
    undo, _, until = rest.partition(" ") if mark == "undo" else ("", "", "")
    shown = {"soon": "warn", "late": "late"}.get(tone, TONE_ICONS[tone])
    return {"words": str(message), "tone": tone, "icon": shown, "undo": undo, "until": until}


@register.filter
def problems(form: Any) -> list[dict[str, str]]:
    """Everything wrong with a form or formset as [{target, label, words}], in the order of its fields."""
    if form is None or form == "":
        return []
    if hasattr(form, "forms"):
        found = [problem for each in form.forms for problem in problems(each)]
        return found + [{"target": "", "label": "", "words": str(words)} for words in form.non_form_errors()]
    found = [{"target": "", "label": "", "words": str(words)} for words in form.non_field_errors()]
    for field in form:
        target = field.id_for_label or field.auto_id
        found += [
            {"target": target, "label": str(field.label), "words": str(words)} for words in field.errors
        ]
    return found


@register.filter
def shape(field: BoundField) -> str:
    """How a field is drawn: hidden, check (one box), choices (radio or boxes) or input."""
    if field.is_hidden:
        return "hidden"
    kind = getattr(field.field.widget, "input_type", "")
    if kind == "checkbox" and not hasattr(field.field.widget, "choices"):
        return "check"
    return "choices" if kind in ("radio", "checkbox") else "input"


@register.simple_tag
def control(field: BoundField, css: str = "", autofocus: bool = False) -> SafeString:
    """{% control form.name %}: the widget with its class, and tied to its help and its error."""
    attrs: dict[str, Any] = {}
    if field.field.widget.attrs.get("placeholder") == field.label:
        del field.field.widget.attrs["placeholder"]  # the label says it already
    if shape(field) == "input":
        attrs["class"] = f"input {css}".strip()
    described = [f"{field.auto_id}_{part}" for part in described_by(field)]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    if autofocus:
        attrs["autofocus"] = True
    return field.as_widget(attrs=attrs)


def described_by(field: BoundField) -> Iterable[str]:
    """The parts beside a field that say more about it."""
    if field.help_text:
        yield "help"
    if field.errors:
        yield "error"


@register.simple_tag
def bar_chart(rows: Iterable[tuple[str, list[Any]]], series: Iterable[tuple[str, str, str]]) -> Chart:
    """{% bar_chart rows series as chart %} for _chart-bar.html.

    `rows` are (label, [a value a series]); `series` are (title, tone, fill) with fill solid, hatch,
    dots or soft, so that no series is told by color alone.
    """
    return columns(rows=rows, series=[Series(*one) for one in series])


@register.simple_tag
def request_id() -> str:
    """The id under which this request stands in the log, to quote to the help desk; empty without one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:8]
