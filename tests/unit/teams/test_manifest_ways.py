"""Hand-offs, delegations, prompts by type, confidence, tools: what leads nowhere is refused with its line."""

from pathlib import Path

import pytest

from muster.teams.manifest import load_manifest, load_prompts_by_type
from muster.teams.manifest_ways import circles
from muster.teams.standard import Limits, Standard
from tests.unit.teams.team_folder import after, problems, written

ONCE = Standard(limits=Limits(visits_per_agent=1))


def test_every_new_field_is_read(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        ("coordinator: desk\n", "coordinator: desk\ntransaction_types: [refund, exchange]\n"),
        ("  concurrency: 4\n", "  workers_per_host: 2\n  batch: true\n"),
        after("desk", "delegate_to: [clerk, keeper]\nknowledge: [handbook]"),
        after("clerk", "prompts: {refund: prompts/keeper.md}\nconfidence: {method: samples, samples: 5}"),
        after("keeper", "confidence: {method: verifier, verifier: specialist}"),
    )
    team = load_manifest(folder, model_roles={"coordinator", "specialist", "writer"})
    assert team.transaction_types == ("refund", "exchange")
    assert (team.shift.workers_per_host, team.shift.batch) == (2, True)
    assert team.agent("desk").delegate_to == ("clerk", "keeper")
    assert (team.agent("desk").confidence.method, team.agent("desk").confidence.samples) == ("self_report", 3)
    assert (team.agent("clerk").confidence.method, team.agent("clerk").confidence.samples) == ("samples", 5)
    assert team.agent("keeper").confidence.verifier == "specialist"
    prompts = load_prompts_by_type(folder, team)
    assert prompts["clerk", "refund"].startswith("# Role: keeper")
    assert prompts["clerk", ""].startswith("# Role: clerk")


@pytest.mark.parametrize(
    ("change", "line", "what", "do"),
    [
        (("hand_off_to: [clerk]", "hand_off_to: [clark]"), 18, "no agent is named 'clark'", "clerk, keeper"),
        (("hand_off_to: [clerk]", "hand_off_to: [desk]"), 18, "hand work to itself", "hand_off_to"),
        (("hand_off_to: [clerk]", "delegate_to: [clark]"), 18, "no agent is named 'clark'", "clerk, keeper"),
        (("hand_off_to: [clerk]", "delegate_to: [desk]"), 18, "ask itself", "delegate_to"),
        (("hand_off_to: [clerk]", "delegate_to: [clerk, clerk]"), 18, "listed twice", "remove one"),
        (("team: returns", "team: fleet"), 1, "'fleet' stands for all teams", "another name"),
        (
            ("intake: {}\n", "intake: {}\ntransaction_types: [refund, refund]\n"),
            7,
            "'refund' is listed twice",
            "remove one",
        ),
        (
            ("intake: {}\n", "intake: {}\ntransaction_types: [Refund]\n"),
            7,
            "transaction_types[0] is 'Refund'",
            "lower-case",
        ),
        (
            after("desk", "prompts:\n  refund: prompts/desk.md"),
            18,
            "no transaction type 'refund'",
            "list it in the team's transaction_types",
        ),
        (after("desk", "confidence: {method: guess}"), 17, "confidence.method is 'guess'", "'self_report'"),
        (after("desk", "confidence: {metod: samples}"), 17, "metod is not a field", "`method`"),
        (after("desk", "confidence: {method: samples, samples: 8}"), 17, "samples is 8", "7 or less"),
        (after("desk", "confidence: {method: verifier}"), 17, "no model role is named to verify", "verifier"),
        (after("desk", "confidence: {samples: 4}"), 17, "samples means nothing", "method: samples"),
        (
            after("desk", "confidence: {method: samples, verifier: writer}"),
            17,
            "verifier means nothing with the method samples",
            "method: verifier",
        ),
        (("  concurrency: 4\n", "  workers_per_host: 9\n"), 9, "workers_per_host is 9", "8 or less"),
    ],
)
def test_a_problem_is_told_with_its_line_and_what_to_do(
    tmp_path: Path, change: tuple[str, str], line: int, what: str, do: str
) -> None:
    found = [one for one in problems(tmp_path, change) if what in one[1]]
    assert len(found) == 1, problems(tmp_path, change)
    assert found[0][0] == line
    assert do in found[0][2]


def test_a_misspelt_transaction_type_is_guessed(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("intake: {}\n", "intake: {}\ntransaction_types: [refund]\n"),
        after("desk", "prompts: {refnd: prompts/desk.md}"),
    )
    assert found == [(18, "the team has no transaction type 'refnd'", "did you mean 'refund'?")]


def test_the_prompt_of_a_type_must_be_there_with_its_role_line(tmp_path: Path) -> None:
    (tmp_path / "bare.md").write_text("You work.\n", encoding="utf-8")
    types = ("intake: {}\n", "intake: {}\ntransaction_types: [refund, swap, gift]\n")
    own = "prompts:\n  refund: prompts/gone.md\n  swap: ../out.md\n  gift: bare.md"
    found = problems(tmp_path, types, after("desk", own))
    assert [(line, what) for line, what, _ in found] == [
        (19, "there is no prompt file prompts/gone.md"),
        (20, "../out.md is outside the team's folder"),
        (21, "bare.md has no role line"),
    ]


def test_an_unknown_verifier_is_refused_where_the_roles_are_known(tmp_path: Path) -> None:
    change = after("desk", "confidence:\n  method: verifier\n  verifier: judge")
    load_manifest(written(tmp_path, change))
    found = problems(tmp_path, change, model_roles={"coordinator", "specialist", "writer"})
    assert found == [(19, "no model role is named 'judge'", "use one of coordinator, specialist, writer")]


def test_an_unknown_tool_is_refused_where_the_tools_are_known(tmp_path: Path) -> None:
    change = ("[shop__get_order]", "\n      - shop__get_ordr\n      - bank__pay")
    load_manifest(written(tmp_path, change))
    found = problems(tmp_path, change, tools={"shop__find_customer", "shop__get_order"})
    assert found == [
        (26, "no tool is named 'shop__get_ordr'", "did you mean 'shop__get_order'?"),
        (27, "no tool is named 'bank__pay'", "connect it first, or see `muster tool list`"),
    ]


def test_a_circle_of_questions_is_refused_where_it_closes(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        after("desk", "delegate_to: [clerk]"),
        after("clerk", "delegate_to: [keeper]"),
        after("keeper", "delegate_to:\n  - desk"),
    )
    assert found == [
        (
            35,
            "desk → clerk → keeper → desk would wait for one another",
            "ask in one direction only",
        )
    ]


def test_a_circle_of_hand_offs_is_the_standards_to_end(tmp_path: Path) -> None:
    changes = (after("clerk", "hand_off_to: [keeper]"), after("keeper", "hand_off_to: [clerk]"))
    load_manifest(written(tmp_path, *changes))
    found = problems(tmp_path, *changes, standard=ONCE)
    assert [(line, what) for line, what, _ in found] == [
        (
            33,
            "clerk → keeper → clerk go in a circle, and the standard lets an agent have the work only once",
        )
    ]


def test_a_line_of_questions_is_fine_however_long(tmp_path: Path) -> None:
    changes = (after("desk", "delegate_to: [clerk, keeper]"), after("clerk", "delegate_to: [keeper]"))
    load_manifest(written(tmp_path, *changes), standard=ONCE)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["b"], "b": ["a"]}, [["a", "b", "a"]]),
        ({"x": ["a"], "a": ["b"], "b": ["a", "x"]}, [["a", "b", "a"], ["x", "a", "b", "x"]]),
        ({"a": ["a", "nobody"]}, []),
    ],
)
def test_circles_are_found_and_lines_are_not(ways: dict[str, list[str]], found: list[list[str]]) -> None:
    assert circles(ways) == found
