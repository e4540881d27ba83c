"""One service alone, in the foreground."""

import os
import sys

from muster.core.settings import Settings
from muster.services.catalogue import ALL_SERVICES, services_of
from muster.services.environment import service_environment
from muster.services.errors import UnknownServiceError
from muster.services.ports import require_free


def become(name: str, settings: Settings) -> None:
    """Turns this process into the service.

    Raises:
        UnknownServiceError: there is none of that name here.
        PortTakenError: another program holds its port.
    """
    found = [service for service in services_of(settings) if service.name == name]
    if not found:
        raise UnknownServiceError(
            f"this installation has no service {name!r}", do=f"choose one of {', '.join(ALL_SERVICES)}"
        )
    service = found[0]
    if service.port is not None and service.port_setting is not None:
        require_free(settings.host, service.port, service.port_setting)
    if service.address is not None:
        sys.stdout.write(f"{service.title}: {service.address}\n")
        sys.stdout.flush()
    command = service.command(sys.executable)
    os.execve(command[0], command, {**service_environment(settings), **service.environment})  # noqa: S606 no shell
