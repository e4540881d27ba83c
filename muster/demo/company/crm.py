"""The CRM: companies it knows, account executives, leads."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection, Row, insert, select, update

from muster.demo.company.arguments import Arguments, Email, Line, LongText
from muster.demo.company.tables import companies, executives, leads
from muster.demo.company.tool import Answer, Body, NotPossibleError, Tool, next_id, row_body

Domain = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}$", description="like hotel.example")
]
Segment = Literal["enterprise", "mid_market", "small", "unknown"]


class FindCompany(Arguments):
    domain: Domain


class FindLead(Arguments):
    email: Email


class ListAccountExecutives(Arguments):
    region: Line | None = None


class CreateLead(Arguments):
    email: Email
    name: Line
    company: Line
    message: LongText
    source: Line
    domain: Domain | None = None


class ScoreLead(Arguments):
    lead_id: Line
    score: Annotated[int, Field(ge=0, le=100)]
    segment: Segment
    reasons: LongText


class AssignLead(Arguments):
    lead_id: Line
    executive_id: Line


def find_company(books: Connection, wanted: FindCompany) -> Answer:
    found = books.execute(select(companies).where(companies.c.domain == wanted.domain.lower())).one_or_none()
    if found is None:
        return Answer({"found": False, "domain": wanted.domain})
    return Answer({"found": True, "company": row_body(found)})


def find_lead(books: Connection, wanted: FindLead) -> Answer:
    found = books.execute(select(leads).where(leads.c.email == wanted.email)).one_or_none()
    if found is None:
        return Answer({"found": False, "email": wanted.email})
    return Answer({"found": True, "lead": row_body(found)})


def list_account_executives(books: Connection, wanted: ListAccountExecutives) -> Answer:
    query = select(executives).order_by(executives.c.executive_id)
    if wanted.region:
        query = query.where(executives.c.region == wanted.region)
    found = [row_body(row) | {"segments": json.loads(row.segments)} for row in books.execute(query)]
    return Answer({"executives": found})


def create_lead(books: Connection, wanted: CreateLead) -> Answer:
    """The new lead.

    Raises:
        NotPossibleError: a lead with this address exists.
    """
    known = books.execute(select(leads).where(leads.c.email == wanted.email)).one_or_none()
    if known is not None:
        raise NotPossibleError(f"{wanted.email} is lead {known.lead_id} already.")
    lead_id = next_id(books, leads, "L")
    books.execute(insert(leads).values({"lead_id": lead_id, "status": "new", **wanted.model_dump()}))
    return Answer(_lead_body(lead_row(books, lead_id)), changed=True)


def score_lead(books: Connection, wanted: ScoreLead) -> Answer:
    return _change(books, wanted.lead_id, wanted.model_dump(exclude={"lead_id"}), "scored")


def assign_lead(books: Connection, wanted: AssignLead) -> Answer:
    """The lead with its executive.

    Raises:
        NotPossibleError: no such lead or executive.
    """
    if not books.scalar(
        select(executives.c.executive_id).where(executives.c.executive_id == wanted.executive_id)
    ):
        raise NotPossibleError(f"There is no executive {wanted.executive_id}. Use list_account_executives.")
    return _change(books, wanted.lead_id, {"executive_id": wanted.executive_id}, "assigned")


def lead_row(books: Connection, lead_id: str) -> Row[Any]:
    """The lead's row.

    Raises:
        NotPossibleError: there is no such lead.
    """
    found = books.execute(select(leads).where(leads.c.lead_id == lead_id)).one_or_none()
    if found is None:
        raise NotPossibleError(f"There is no lead {lead_id}. Use find_lead with the e-mail address.")
    return found


def _change(books: Connection, lead_id: str, values: Body, status: str) -> Answer:
    before = lead_row(books, lead_id)
    if all(getattr(before, name) == value for name, value in values.items()):
        return Answer(_lead_body(before))
    books.execute(update(leads).where(leads.c.lead_id == lead_id).values(values | {"status": status}))
    return Answer(_lead_body(lead_row(books, lead_id)), changed=True)


def _lead_body(lead: Row[Any]) -> Body:
    return {
        name: value for name, value in row_body(lead).items() if name not in ("message", "reasons", "source")
    }


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "crm", "find_company", "The company behind a mail domain, if we know it.", FindCompany, find_company
    ),
    Tool("crm", "find_lead", "The lead with this e-mail address, if we have it.", FindLead, find_lead),
    Tool(
        "crm",
        "list_account_executives",
        "Who sells where: DACH, FRANCE, IBERIA, UKI, NORDICS, BENELUX.",
        ListAccountExecutives,
        list_account_executives,
    ),
    Tool("crm", "create_lead", "Enter a new lead.", CreateLead, create_lead),
    Tool("crm", "score_lead", "Write down a lead's score, segment and the reasons.", ScoreLead, score_lead),
    Tool("crm", "assign_lead", "Give a lead to an account executive.", AssignLead, assign_lead),
)
