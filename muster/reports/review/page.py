"""The review as an HTML page with charts, as the summary a mail shows, and as Markdown."""

from collections.abc import Sequence
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from muster.analysis.definitions import COMPLETION_RATE
from muster.reports.review.document import Document
from muster.reports.review_section import Section

SCRIPT: Final = "plotly.min.js"
"""The charts' script, which has to lie beside the page."""
_TEMPLATES: Final = Environment(
    loader=PackageLoader("muster.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html_page(document: Document, sections: Sequence[Section]) -> str:
    """The whole page; `sections` draw its charts."""
    charts = {section.drawn.model_source: section.chart for section in sections}
    return _TEMPLATES.get_template("review.html.j2").render(review=document, charts=charts, script=SCRIPT)


def summary_html(document: Document) -> str:
    """The summary as a mail shows it: no script, no style sheet, no picture."""
    return _TEMPLATES.get_template("review_mail.html.j2").render(review=document)


def index_html(reviews: Sequence[dict[str, Any]]) -> str:
    """The list of all reviews, the latest first."""
    return _TEMPLATES.get_template("review_index.html.j2").render(reviews=reviews)


def summary_markdown(document: Document) -> str:
    """The summary as Markdown."""
    lines = [f"# {document['title']}", document["days"]]
    if not document["sections"]:
        lines.append(f"No task ended in this {document['span']}.")
    for section in document["sections"]:
        lines += [
            f"**{section['label']}**",
            f"{section['headline']} {section['money_line']}",
            _table(section),
        ]
        if section["movements"]:
            lines += ["## What moved", "\n".join(_movement(move) for move in section["movements"])]
        if section["attention"]:
            lines += ["## Needs attention", "\n".join(_point(point) for point in section["attention"])]
        if section["company"]["actions"]:
            proposed = enumerate(section["company"]["actions"], start=1)
            lines += ["## Proposed", "\n".join(_action(place, one) for place, one in proposed)]
    return "\n\n".join(lines) + "\n"


def _table(section: Document) -> str:
    head = ["team", *section["columns"]]
    body = [
        ["**company**" if row["team"] == "company" else row["team"], *(_cell(cell) for cell in row["cells"])]
        for row in section["team_rows"]
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *body])


def _cell(cell: dict[str, Any]) -> str:
    ends = f" ({cell['interval']})" if cell["interval"] else ""
    counted = f", n {cell['n']}" if cell["name"] == COMPLETION_RATE.name else ""
    return f"{cell['value']}{ends}{counted}"


def _movement(move: dict[str, str]) -> str:
    return f"- {move['team']}: {move['name'].lower()} {move['verdict']}, {move['text']}"


def _point(point: dict[str, Any]) -> str:
    severity = "**act**" if point["severity"] == "act" else "watch"
    return f"- {severity}: " + (f"{point['team']}: " if point["team"] else "") + str(point["what"])


def _action(place: int, action: dict[str, Any]) -> str:
    return f"{place}. {action['what']} {action['why']} Expected: {action['effect']}. ({action['arithmetic']})"
