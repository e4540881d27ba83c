"""The supervisor's configuration file."""

import configparser
from pathlib import Path

from muster.services.service import Service
from muster.services.supervisord import configuration

INNER = Service("database", "Database", "some.database", stage=0, stop_seconds=60)
OUTER = Service("door", "Door", "some.door", ("--name", 'a "quoted" 100 %'), environment={"KEY": "50 %, all"})


def parsed(*services: Service) -> configparser.RawConfigParser:
    text = configuration(
        services,
        python="/a b/python",
        port=9,
        password="secret",
        run_dir=Path("/run"),
        log_dir=Path("/100%/logs"),
    )
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser


def test_inner_services_are_in_a_group_that_stops_last() -> None:
    file = parsed(OUTER, INNER)
    assert file["group:stage0"]["programs"] == "database"
    assert int(file["group:stage0"]["priority"]) < int(file["group:stage2"]["priority"])


def test_a_service_is_tied_to_the_supervisor_and_started_only_when_told() -> None:
    program = parsed(OUTER)["program:door"]
    assert '"/a b/python" "-m" "muster.services.tethered" "some.door"' in program["command"]
    assert program["autostart"] == "false"
    assert program["autorestart"] == "true"


def test_signs_with_a_meaning_in_the_file_are_written_so_that_they_have_none() -> None:
    program = parsed(OUTER)["program:door"]
    assert r'"a \"quoted\" 100 %%"' in program["command"]
    assert program["environment"] == 'KEY="50 %%, all"'
    assert program["stdout_logfile"] == "/100%%/logs/door.log"


def test_a_service_that_a_person_has_to_mend_first_is_not_started_again() -> None:
    given_up = Service("door", "Door", "some.door", gives_up_with=(3, 4))
    program = parsed(given_up)["program:door"]
    assert (program["autorestart"], program["exitcodes"]) == ("unexpected", "3,4")


def test_logs_are_turned() -> None:
    program = parsed(OUTER)["program:door"]
    assert int(program["stdout_logfile_maxbytes"]) > 0
    assert int(program["stdout_logfile_backups"]) > 0
