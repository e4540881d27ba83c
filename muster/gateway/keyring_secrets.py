"""Secrets of the system's own keyring (`${keyring:service/name}`), where the `keyring` library is installed.

A keyring that keeps secrets as plain text is never used.
"""

from typing import Any

from muster.gateway.errors import McpServersError


def secret(service: str, name: str, *, where: str) -> str:
    """The secret `name` of `service`.

    Raises:
        McpServersError: there is no keyring here, it is locked, it keeps plain text, or lacks this secret.
    """
    reference = f"keyring:{service}/{name}"
    for backend in _safe(reference, where):
        if value := _asked(backend.get_password, reference, where, service, name):
            return str(value)
    raise McpServersError(
        f"the keyring has no {reference}", where=where, do=f"store it: keyring set {service} {name}"
    )


def keep(service: str, name: str, value: str, where: str | None = None) -> None:
    """Store a secret, in place of the one of that name.

    Raises:
        McpServersError: there is no keyring here, it is locked, or it keeps plain text.
    """
    reference = f"keyring:{service}/{name}"
    _asked(_safe(reference, where)[0].set_password, reference, where, service, name, value)


def _safe(reference: str, where: str | None) -> list[Any]:
    """The keyrings of this machine that keep secrets secret, best first."""
    try:
        import keyring
    except ImportError:
        raise McpServersError(
            f"{reference} is asked for and the library keyring is not installed",
            where=where,
            do="install it beside muster: pip install keyring",
        ) from None
    first: Any = keyring.get_keyring()
    safe = [each for each in getattr(first, "backends", [first]) if each.priority > 0 and not _is_plain(each)]
    if not safe:
        raise McpServersError(
            f"{reference} is asked for and this machine has no keyring that keeps secrets",
            where=where,
            do="use a variable, ${NAME}, which your secret store sets when muster starts",
        )
    return safe


def _is_plain(backend: Any) -> bool:
    return any("plaintext" in kind.__qualname__.lower() for kind in type(backend).__mro__)


def _asked(ask: Any, reference: str, where: str | None, *words: str) -> Any:
    """What the keyring answers; its own words are kept out of errors, they may hold the secret."""
    import keyring.errors

    try:
        return ask(*words)
    except keyring.errors.KeyringError as error:
        raise McpServersError(
            f"the keyring does not open for {reference}: {type(error).__name__}",
            where=where,
            do="unlock the keyring",
        ) from None
