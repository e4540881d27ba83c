"""What can be wrong with an installation's services."""

from muster.core.errors import OperatorError, PlatformError


class PortTakenError(OperatorError):
    """Another program listens on a port a service needs."""


class OsUserError(OperatorError):
    """Postgres refuses to run as root, and no other user of this machine can run it."""


class DataFolderError(OperatorError):
    """The folder with the database cannot be used."""


class PostgresStartError(OperatorError):
    """The database did not start; the message carries what Postgres said."""


class SecretError(OperatorError):
    """A kept password is missing or cannot be read or written."""


class ServiceFailedError(PlatformError):
    """A service did not become healthy; the message carries the last line of its log."""


class PrefectAwayError(PlatformError):
    """The Prefect server does not answer."""


class UnknownFlowError(OperatorError):
    """A deployment names a flow that is not in `flows/`, or is not async."""


class UnknownDeploymentError(OperatorError):
    """No deployment has that name."""


class AlreadyRunningError(OperatorError):
    """The services of this MUSTER_HOME run already."""


class NotRunningError(OperatorError):
    """The services of this MUSTER_HOME do not run."""


class DatabaseRightsError(OperatorError):
    """The user of MUSTER_DATABASE_URL may not do what an installation needs."""


class UnknownServiceError(OperatorError):
    """There is no service of that name in this installation."""


class DiskFullError(OperatorError):
    """There is no room for the databases and logs."""
