"""Which team takes what."""

import pytest

from muster.intake.routing import NoRouteError, Route, RoutingTable

TABLE = RoutingTable(
    {
        "support": {"mail": ["Support@b.example"], "folder": [], "webhook": []},
        "finance": {"mail": ["invoices@b.example"], "folder": ["finance"], "webhook": []},
        "leads": {"mail": ["support@b.example"], "webhook": ["website-form"]},
    }
)


def test_the_first_destination_a_team_takes_decides() -> None:
    route = TABLE.find("mail", ["ceo@b.example", "INVOICES@b.example", "support@b.example"])
    assert route == Route("mail", "invoices@b.example", "finance")


def test_of_two_teams_with_one_address_the_first_by_name_has_it() -> None:
    assert TABLE.find("mail", ["support@b.example"]).team == "leads"


def test_a_request_names_its_team() -> None:
    assert TABLE.find("request", ["finance"]).team == "finance"


def test_what_nobody_takes_is_refused_with_what_is_known() -> None:
    with pytest.raises(NoRouteError, match="no team takes webhook for crm") as refused:
        TABLE.find("webhook", ["crm"])
    assert refused.value.known == ("website-form",)
    assert refused.value.do == "use one of: website-form"
    with pytest.raises(NoRouteError):
        TABLE.to_team("mail", "nobody")
