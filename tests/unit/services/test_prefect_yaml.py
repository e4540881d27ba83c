"""prefect.yaml describes for a work pool what the installation itself deploys."""

from datetime import timedelta
from typing import Any

from ruamel.yaml import YAML

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.deployments import TAG, Deployment
from muster.teams.manifest import load_manifest
from muster.wiring import PLATFORM_FLOWS, shift_flow

POOL_SECONDS = 60


def of_the_installation() -> list[Deployment]:
    teams = sorted(Settings().teams_dir.glob("*/team.yaml"))
    return [*(shift_flow(load_manifest(path)) for path in teams), *PLATFORM_FLOWS]


def as_written(deployment: Deployment) -> dict[str, Any]:
    """The deployment in the file's words; a pool keeps nothing alive, so it looks for work now and then."""
    every_seconds = deployment.every_seconds or (POOL_SECONDS if deployment.always_on else None)
    if every_seconds is not None:
        schedule: dict[str, Any] = {"interval": every_seconds, "slug": "every"}
    else:
        schedule = {"cron": deployment.cron, "timezone": "UTC", "slug": "at"}
    written: dict[str, Any] = {
        "name": deployment.name,
        "entrypoint": deployment.flow,
        "schedules": [schedule],
        "tags": [TAG, *deployment.tags],
        "work_pool": {"name": "muster"},
    }
    if deployment.parameters:
        written["parameters"] = dict(deployment.parameters)
    limit = 1 if deployment.always_on else deployment.concurrency_limit
    if limit is not None:
        written["concurrency_limit"] = {
            "limit": limit,
            "collision_strategy": "ENQUEUE",
        }
    return written


def test_the_file_and_the_installation_deploy_the_same_flows() -> None:
    file = YAML(typ="safe").load((PROJECT_ROOT / "prefect.yaml").read_text())
    written = {(each["entrypoint"], each["name"]): each for each in file["deployments"]}
    ours = {(each.flow, each.name): as_written(each) for each in of_the_installation()}
    assert written == ours


def test_every_deployment_is_always_on_or_says_when_or_how_often() -> None:
    for deployment in of_the_installation():
        ways = (deployment.cron is not None) + (deployment.every_seconds is not None)
        assert ways == 1 or (ways == 0 and deployment.always_on)
        assert deployment.every_seconds is None or timedelta(seconds=deployment.every_seconds) > timedelta(0)
