"""The services of an installation."""

from pathlib import Path

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.database import database_url, takes_connections
from muster.services.heartbeat import beat_file, beats
from muster.services.owner import owner_password
from muster.services.prefect_server import DATABASE, server_command, server_environment
from muster.services.service import Service

DEMO_SERVICES = ("postgres", "prefect", "http", "smtp", "company", "rehearsal", "runner")
"""What the demo company's day needs."""
ALL_SERVICES = (*DEMO_SERVICES, "dashboard", "lab")
_OUR_OWN = (2, 3, 4)
"""How our own programs end when a person has to mend something first."""
LAB_PYTHON = PROJECT_ROOT / ".venv-lab" / "bin" / "python"


def services_of(settings: Settings, names: tuple[str, ...] = ALL_SERVICES) -> list[Service]:
    """Those of the named services that this installation has, in the order they start.

    There is no Postgres of ours when MUSTER_DATABASE_URL names another, no rehearsal when Claude answers, no
    demo company when the gateway's servers are others, and no lab where it was not set up.

    Raises:
        SecretError: a kept password cannot be read.
    """
    absent = {
        "postgres": settings.database_url is not None,
        "rehearsal": settings.model_source != "rehearsal",
        "company": not settings.demo_company,
        "lab": not LAB_PYTHON.exists(),
    }
    makers = {
        "postgres": _postgres,
        "prefect": _prefect,
        "http": _http,
        "company": _company,
        "rehearsal": _rehearsal,
        "smtp": _smtp,
        "runner": _runner,
        "dashboard": _dashboard,
        "lab": _lab,
    }
    return [make(settings) for name, make in makers.items() if name in names and not absent.get(name)]


def _postgres(settings: Settings) -> Service:
    return Service(
        "postgres",
        "Postgres",
        "muster.services.postgres_service",
        port=settings.postgres_port,
        port_setting="MUSTER_POSTGRES_PORT",
        probe=lambda: takes_connections(settings),
        gives_up_with=_OUR_OWN,
        stage=0,
        stop_seconds=60,
    )


def _prefect(settings: Settings) -> Service:
    module, *arguments = server_command(settings)
    return Service(
        "prefect",
        "Prefect",
        module,
        tuple(arguments),
        port=settings.prefect_port,
        port_setting="MUSTER_PREFECT_PORT",
        health_path="/api/health",
        address=f"http://{settings.host}:{settings.prefect_port}",
        stage=1,
        stop_seconds=20,
        environment=server_environment(settings, database_url(settings, DATABASE)),
    )


def _http(settings: Settings) -> Service:
    return Service(
        "http",
        "Intake API and gateway",
        "muster.services.http_app",
        port=settings.http_port,
        port_setting="MUSTER_HTTP_PORT",
        health_path="/healthz",
        address=settings.http_url,
        stage=1,
        gives_up_with=_OUR_OWN,
    )


def _company(settings: Settings) -> Service:
    books = settings.company_database
    books.parent.mkdir(parents=True, exist_ok=True)
    master_data = settings.demo_dir / "company.json"
    seed = ("--seed-from", str(master_data)) if master_data.exists() else ()
    return Service(
        "company",
        "Demo company's systems",
        "muster.demo.company",
        ("--host", settings.host, "--port", str(settings.company_port), "--database", str(books), *seed),
        port=settings.company_port,
        port_setting="MUSTER_COMPANY_PORT",
        health_path="/healthz",
        stage=1,
        gives_up_with=_OUR_OWN,
    )


def _rehearsal(settings: Settings) -> Service:
    return Service(
        "rehearsal",
        "Rehearsal model",
        "muster.models.rehearsal",
        ("--host", settings.host, "--port", str(settings.rehearsal_port)),
        port=settings.rehearsal_port,
        port_setting="MUSTER_REHEARSAL_PORT",
        health_path="/healthz",
        stage=1,
    )


def _smtp(settings: Settings) -> Service:
    return Service(
        "smtp",
        "Mail door (SMTP)",
        "muster.services.smtp_door",
        port=settings.smtp_port,
        port_setting="MUSTER_SMTP_PORT",
        address=f"smtp://{settings.host}:{settings.smtp_port}",
        gives_up_with=_OUR_OWN,
    )


def _runner(settings: Settings) -> Service:
    beat = beat_file(settings)
    return Service(
        "runner",
        "Runner of flows",
        "muster.services.runner",
        probe=lambda: beats(beat),
        stop_seconds=30,
        gives_up_with=_OUR_OWN,
    )


def _dashboard(settings: Settings) -> Service:
    return Service(
        "dashboard",
        "Dashboard",
        "streamlit",
        (
            "run",
            str(PROJECT_ROOT / "app" / "main.py"),
            "--server.address",
            settings.host,
            "--server.port",
            str(settings.dashboard_port),
            "--server.headless",
            "true",
            "--browser.gatherUsageStats",
            "false",
        ),
        port=settings.dashboard_port,
        port_setting="MUSTER_DASHBOARD_PORT",
        health_path="/_stcore/health",
        address=f"http://{settings.host}:{settings.dashboard_port}",
    )


def _lab(settings: Settings) -> Service:
    return Service(
        "lab",
        "Notebooks (JupyterLab)",
        "jupyterlab",
        ("--config", str(_lab_config(settings))),
        python=str(LAB_PYTHON),
        port=settings.lab_port,
        port_setting="MUSTER_LAB_PORT",
        health_path="/api",
        address=f"http://{settings.host}:{settings.lab_port}/lab",
        environment={"JUPYTER_TOKEN": owner_password(settings)},
    )


def _lab_config(settings: Settings) -> Path:
    """JupyterLab's settings, written anew at each start; the sign-in is not among them."""
    values = {
        "ServerApp.ip": settings.host,
        "ServerApp.port": settings.lab_port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": str(PROJECT_ROOT),
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    path = settings.home_dir / "run" / "lab_config.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"c.{name} = {value!r}\n" for name, value in values.items()))
    return path
