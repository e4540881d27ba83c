"""The priority rules, each by an example."""

import pytest

from muster.intake.priority import priority_of


@pytest.mark.parametrize(
    ("title", "headers", "priority"),
    [
        ("Where is my order?", {}, "medium"),
        ("URGENT: wrong address", {}, "high"),
        ("Bitte dringend um Rückruf", {}, "high"),
        ("Réponse au plus vite", {}, "high"),
        ("Último aviso de pago", {}, "high"),
        ("the insurgents", {}, "medium"),
        ("Hello", {"x-priority": "1 (Highest)"}, "high"),
        ("URGENT", {"importance": "low"}, "low"),
        ("Hello", {"x-priority": "3"}, "medium"),
        ("URGENT newsletter", {"precedence": "bulk"}, "low"),
        ("Out of office", {"auto-submitted": "auto-replied"}, "low"),
        ("Hello", {"auto-submitted": "no"}, "medium"),
    ],
)
def test_the_rules_decide(title: str, headers: dict[str, str], priority: str) -> None:
    assert priority_of(title, headers) == priority
