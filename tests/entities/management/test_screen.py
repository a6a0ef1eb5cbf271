import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from entities.matching.score import ENGINE
from tests.factories import make_party

NAME = "Kestrel Avionics Research Institute"


@pytest.fixture
def screen(tmp_path):
    def run(lines, **options):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_text("\n".join(lines), encoding="utf-8")
        call_command("screen", input=source, output=output, stdout=StringIO(), **options)
        return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]

    return run


def test_answers_come_in_order_with_versions_and_engine(kestrel, screen):
    kestrel()
    asked = [
        {"id": n, "name": NAME if n % 2 else "Nordhafen Maschinenbau GmbH", "countries": ["cn"]}
        for n in range(5)
    ]
    told = screen([json.dumps(one) for one in asked] + [""])
    assert [one["id"] for one in told] == [0, 1, 2, 3, 4]
    assert [len(one["hits"]) for one in told] == [0, 1, 0, 1, 0]
    assert (told[0]["list_versions"], told[0]["engine"]) == ({"csl": 1}, f"{ENGINE}+0")
    assert {"score", "band", "key", "list", "name", "matched_name", "explanation"} <= set(told[1]["hits"][0])


def test_limit_and_least_points_cut_the_answer(kestrel, screen):
    kestrel()
    line = json.dumps({"id": "a", "name": "Kestrel Avionics", "countries": ["DE"]})
    assert len(screen([line])[0]["hits"]) == 1
    assert screen([line], min_score=95)[0]["hits"] == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2: not JSON"),
        ('{"id": 1}', "line 2, name"),
        ('{"name": 5}', "line 2, name"),
        ('{"name": "X", "countries": "DE"}', "line 2, countries"),
    ],
)
def test_a_broken_line_is_named_and_no_output_appears(kestrel, screen, tmp_path, line, says):
    kestrel()
    with pytest.raises(CommandError, match=says):
        screen([json.dumps({"name": NAME}), line])
    assert sorted(path.name for path in tmp_path.glob("out*")) == []


def test_without_a_list_nothing_is_answered(db, screen):
    with pytest.raises(CommandError, match="No list is in force"):
        screen([json.dumps({"name": NAME})])


@pytest.mark.django_db(transaction=True)
def test_two_workers_answer_as_one_does(kestrel, screen, officer, now):
    kestrel()
    lines = [json.dumps({"id": n, "name": f"Zaw{n}qir Vel{n}dom Holding"}) for n in range(20)]
    assert screen(lines, workers=2) == screen(lines)
    assert make_party(by=officer, at=now).pk  # the connection came back
