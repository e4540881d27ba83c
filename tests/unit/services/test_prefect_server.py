"""The environment Prefect's server is given."""

from pathlib import Path

import pytest

from muster.core.settings import Settings
from muster.services.prefect_server import client_environment, server_environment


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("postgresql://u:p@h:5/prefect", "postgresql+asyncpg://u:p@h:5/prefect"),
        ("postgres://u:p@h/prefect", "postgresql+asyncpg://u:p@h/prefect"),
        (
            "postgresql://u:p@h/prefect?sslmode=require&application_name=x",
            "postgresql+asyncpg://u:p@h/prefect?ssl=require",
        ),
    ],
)
def test_a_database_address_is_turned_into_what_its_driver_takes(
    given: str, taken: str, tmp_path: Path
) -> None:
    environment = server_environment(Settings(home=tmp_path), given)
    assert environment["PREFECT_API_DATABASE_CONNECTION_URL"] == taken


def test_the_server_asks_for_the_sign_in_that_clients_give(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    asked = server_environment(settings, "postgresql://h/prefect")["PREFECT_SERVER_API_AUTH_STRING"]
    assert asked == client_environment(settings)["PREFECT_API_AUTH_STRING"]
    assert asked.startswith("owner:")


def test_the_server_tells_nobody_outside_about_us(tmp_path: Path) -> None:
    environment = server_environment(Settings(home=tmp_path), "postgresql://h/prefect")
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["PREFECT_SERVER_UI_V2_ENABLED"] == "false"
