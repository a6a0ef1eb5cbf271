"""The words, icons and parts of the templates."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from exportctl.countries import COUNTRIES
from exportctl.templatetags import ui
from exportctl.transitions import Blocker

TODAY = date(2026, 8, 6)


class Filing(forms.Form):
    name = forms.CharField(label="Name", help_text="As in the register")
    role = forms.ChoiceField(choices=[("a", "Applicant"), ("b", "End user")], widget=forms.RadioSelect)
    read = forms.BooleanField(label="Read")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        raise forms.ValidationError("The parts do not fit together.")


def draw(text, **context):
    return Template(text).render(Context(context))


@pytest.mark.parametrize(
    ("days", "tone", "icon", "words"),
    [
        (-2, "late", "late", "2 days late"),
        (-1, "late", "late", "1 day late"),
        (0, "soon", "soon", "Due today"),
        (1, "plain", "date", "1 day left"),
        (9, "plain", "date", "9 days left"),
    ],
)
def test_due_says_the_distance_in_words(days, tone, icon, words):
    assert ui.due_of(TODAY + timedelta(days=days), TODAY) == ui.Due(tone, icon, words)


def test_due_shows_words_icon_tone_and_date():
    html = draw("{% due on today %}", on=date(2026, 8, 4), today=TODAY)
    assert 'data-tone="late"' in html
    assert "icons.svg#late" in html
    assert "<span>2 days late</span>" in html
    assert '<time datetime="2026-08-04">Aug 4</time>' in html


def test_due_in_another_year_shows_the_year():
    assert "Jan 2, 2027" in ui.due(date(2027, 1, 2), TODAY)


def test_due_paused_shows_the_cause_instead_of_a_distance():
    html = ui.due(date(2026, 8, 4), TODAY, paused="applicant asked")
    assert 'data-tone="hold"' in html
    assert "Paused" in html
    assert "applicant asked" in html
    assert "late" not in html


@pytest.mark.parametrize(
    ("done", "tone", "words"),
    [(date(2026, 8, 3), "good", "Done<"), (date(2026, 8, 5), "plain", "Done late")],
)
def test_due_done_says_whether_in_time(done, tone, words):
    html = ui.due(date(2026, 8, 4), TODAY, done=done)
    assert f'data-tone="{tone}"' in html
    assert words in html


def test_due_without_a_date_is_nothing():
    assert ui.due(None, TODAY) == ""
    assert ui.due_words(None, TODAY) == ""


def test_due_escapes_its_note():
    assert "<b>" not in ui.due(TODAY, TODAY, note="<b>x</b>")


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        (336000, "USD", "$336,000"),
        (Decimal("336000.50"), "USD", "$336,000.50"),
        (Decimal(-3), "USD", "-$3"),
        (Decimal(0), "USD", "$0"),
        (Decimal("-0.004"), "USD", "$0"),
        (12, "EUR", "EUR 12"),
        (None, "USD", ""),
        ("abc", "USD", ""),
    ],
)
def test_money(value, currency, words):
    assert ui.money(value, currency) == words


@pytest.mark.parametrize(
    ("value", "words"), [(1200, "1,200"), (Decimal("0.500"), "0.5"), (Decimal(100), "100"), (None, "")]
)
def test_quantity(value, words):
    assert ui.quantity(value) == words


def test_day_and_moment():
    at = datetime(2026, 8, 6, 10, 42, tzinfo=UTC)
    assert ui.day(TODAY) == ui.day(at) == "Aug 6, 2026"
    assert ui.moment(at) == "Aug 6, 2026, 10:42 UTC"
    assert ui.day(None) == ui.moment(None) == ""


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(251, 272, "92.3 %"), (1, 2, "50 %"), (0, 5, "0 %"), (1, 0, "no data"), (None, 5, "no data")],
)
def test_pct(part, whole, words):
    assert ui.pct(part, whole) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(1, 3, "33.33"), (5, 4, "100"), (-1, 4, "0"), (1, 0, "0"), (None, 4, "0"), (1, 2, "50")],
)
def test_width_stays_inside_the_track(part, whole, words):
    assert ui.width(part, whole) == words


def test_country_names():
    assert ui.country("cn") == "China"
    assert ui.country("ZZ") == "ZZ"
    assert ui.country(None) == ""
    assert len(COUNTRIES) == 250
    assert all(len(code) == 2 and code.isupper() and name for code, name in COUNTRIES.items())


def test_chip_takes_its_icon_from_the_tone_unless_given():
    assert "icons.svg#good" in ui.chip("Approved", "good")
    assert "icons.svg#no" in ui.chip("Denied", "late", "no")
    assert "<svg" not in ui.chip("Draft")
    assert "&lt;b&gt;" in ui.chip("<b>")


def test_problems_name_field_and_target():
    assert ui.problems(Filing({"name": ""})) == [
        {"target": "", "label": "", "words": "The parts do not fit together."},
        {"target": "id_name", "label": "Name", "words": "This field is required."},
        {"target": "id_role", "label": "Role", "words": "This field is required."},
        {"target": "id_read", "label": "Read", "words": "This field is required."},
    ]
    assert ui.problems(None) == []


def test_problems_of_a_formset_hold_those_of_its_forms():
    formset = forms.formset_factory(Filing, extra=0)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-name": "x"}
    )
    assert [problem["target"] for problem in ui.problems(formset)] == ["", "id_form-0-role", "id_form-0-read"]


def test_field_ties_its_widget_to_help_and_error():
    html = render_to_string("exportctl/_field.html", {"field": Filing({"name": ""})["name"]})
    assert 'class="input"' in html
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_error"' in html


@pytest.mark.parametrize(
    ("name", "shape"), [("name", "input"), ("role", "choices"), ("read", "check"), ("token", "hidden")]
)
def test_shape_of_a_field(name, shape):
    assert ui.shape(Filing()[name]) == shape


def test_choices_have_no_preset():
    html = render_to_string("exportctl/_field.html", {"field": Filing()["role"], "pills": True})
    assert html.count('type="radio"') == 2
    assert "checked" not in html


def test_errors_list_answers_and_blockers():
    html = render_to_string("exportctl/_errors.html", {"form": Filing({"name": ""})})
    assert "4 answers need work" in html
    assert 'href="#id_name"' in html
    blockers = [Blocker("hit_open", "A hit is open.", remedy="Judge it.", link="/hits/1/")]
    html = render_to_string("exportctl/_errors.html", {"blockers": blockers})
    assert "This was not done: 1 thing blocks it" in html
    assert '<a href="/hits/1/">A hit is open.</a> Judge it.' in html
    assert render_to_string("exportctl/_errors.html", {"form": None}).strip() == ""


def test_button_that_cannot_act_says_why():
    html = render_to_string(
        "exportctl/_button.html", {"words": "Sign", "blocked": "Defense has not answered.", "id": "sign"}
    )
    assert 'aria-disabled="true" aria-describedby="sign-why"' in html
    assert '<span class="note" id="sign-why">Defense has not answered.</span>' in html


def test_pager_keeps_the_filters():
    request = RequestFactory().get("/", {"k": "hit", "page": "2"})
    page = Paginator(range(200), 50).page(2)
    html = render_to_string("exportctl/_pager.html", {"page": page, "of": "hits"}, request=request)
    assert "51 to 100 of 200 hits" in html
    assert 'href="?k=hit&amp;page=3"' in html


def test_chart_has_its_table_and_no_series_by_color_alone():
    text = (
        "{% bar_chart rows series as chart %}"
        '{% include "exportctl/_chart-bar.html" with label="Outcome" id="oc" %}'
    )
    html = draw(
        text,
        rows=[("Feb", [22, 9]), ("Mar", [25, 0])],
        series=[("Approved", "good", "solid"), ("Returned", "hold", "dots")],
    )
    assert 'fill="url(#oc-1)"' in html
    assert html.count('<th scope="row">') == 3
    assert '<td class="num">47</td>' in html
    assert "style=" not in html
