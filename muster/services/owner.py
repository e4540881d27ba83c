"""The owner's sign-in: one password for Prefect's and JupyterLab's pages, made on first start."""

from muster.core.settings import Settings
from muster.services.secrets import kept_secret


def owner_password(settings: Settings) -> str:
    """The password set by MUSTER_OWNER_PASSWORD, else the one kept in MUSTER_HOME.

    Raises:
        SecretError: the kept one cannot be read or made.
    """
    if settings.owner_password is not None:
        return settings.owner_password.get_secret_value()
    return kept_secret(settings.home_dir / "secrets", "owner_password")
