"""The environment a service starts with: every setting, and what keeps libraries inside MUSTER_HOME."""

import os
from pathlib import Path

from pydantic import SecretStr

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.owner import owner_password

_HOME_FOLDERS = {
    "PREFECT_HOME": "prefect",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "IPYTHONDIR": "jupyter/ipython",
    "XDG_CACHE_HOME": "cache/xdg",
    "TMPDIR": "tmp",
}


def settings_environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables another process of ours reads them from."""
    variables = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is None:
            continue
        variables[f"MUSTER_{name.upper()}"] = (
            value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        )
    return variables | {"MUSTER_HOME": str(settings.home_dir)}


def home_environment(home: Path) -> dict[str, str]:
    """What keeps other people's programs from writing outside `home`; the folders are made."""
    variables = {}
    for name, folder in _HOME_FOLDERS.items():
        path = home / folder
        path.mkdir(parents=True, exist_ok=True)
        variables[name] = str(path)
    return variables | {"DO_NOT_TRACK": "1"}


def _no_proxy_to(host: str) -> dict[str, str]:
    """Our own addresses are never asked for through a company's proxy."""
    ours = ",".join(
        filter(None, [os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")), host, "localhost"])
    )
    return {"NO_PROXY": ours, "no_proxy": ours}


def service_environment(settings: Settings) -> dict[str, str]:
    """All of it, on top of our own environment.

    Raises:
        SecretError: the owner's password cannot be read.
    """
    module_path = os.pathsep.join(
        path for path in (str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")) if path
    )
    return {
        **os.environ,
        "PYTHONPATH": module_path,
        "PYTHONUNBUFFERED": "1",
        **_no_proxy_to(settings.host),
        **home_environment(settings.home_dir),
        **settings_environment(settings),
        "MUSTER_OWNER_PASSWORD": owner_password(settings),
    }
