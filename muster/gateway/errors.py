"""What can go wrong between an agent and a tool."""

from muster.core.errors import CallerError, OperatorError, PlatformError

_BAD_REQUEST, _SERVER_ERROR = 400, 500


class McpServersError(OperatorError):
    """The `mcpServers` JSON cannot be used."""


class RegistrationError(OperatorError):
    """The registration of tools (tools.yaml) cannot be used."""


class PolicyFileError(OperatorError):
    """A file in data/policies cannot be used."""


class TeamNotDeployedError(CallerError):
    """No version of the team is deployed, so its agents have no rights."""

    def __init__(self, team: str) -> None:
        super().__init__(
            f"team {team} is not deployed", do=f"deploy it: muster team deploy data/teams/{team}"
        )


class UnknownToolError(CallerError):
    """The registry has no such tool."""

    def __init__(self, server: str, tool: str) -> None:
        super().__init__(
            f"there is no tool {tool} of server {server} in the registry",
            do="see `muster tool list`; register new servers with `muster tool register`",
        )


class UnknownAgentError(CallerError):
    """No deployed team has such an agent."""

    def __init__(self, agent: str) -> None:
        super().__init__(f"there is no agent {agent}", do="write it as team/agent: support/order_tracker")


class UpstreamAwayError(PlatformError):
    """An upstream server cannot be reached, or broke off.

    `delivered` says whether the request may have arrived: then a write may have been carried out.
    """

    def __init__(self, server: str, because: str, *, delivered: bool) -> None:
        fate = "the call may have been carried out" if delivered else "the call was not delivered"
        super().__init__(f"the system {server} cannot be reached: {because}; {fate}")
        self.server = server
        self.because = because
        self.delivered = delivered


class UpstreamAnswerError(PlatformError):
    """An upstream answered with a protocol error or with something that is not MCP.

    `code` is the JSON-RPC error code and `data` what came with it; null when it was no JSON-RPC, and then
    `status` is the HTTP status.
    `declined` says whether the system itself turned the request down; else a write may have been carried out.
    """

    def __init__(
        self, what: str, *, code: int | None = None, status: int | None = None, data: object = None
    ) -> None:
        super().__init__(what)
        self.code = code
        self.data = data
        self.status = status
        self.declined = code is not None or (status is not None and _BAD_REQUEST <= status < _SERVER_ERROR)
