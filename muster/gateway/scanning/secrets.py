"""Credentials by their looks: the forms `detect-secrets` keeps, and those of vendors it does not know yet.

Left out of the library's are forms that ordinary business data has too: bare numbers after the word `key`,
high entropy alone, and those that reach to the end of the line.
"""

from typing import Final

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from muster.gateway.scanning.pattern import Pattern, linear

_KEPT: Final = {
    "aws_key": AWSKeyDetector,
    "azure_storage_key": AzureStorageKeyDetector,
    "password_in_url": BasicAuthDetector,
    "discord_token": DiscordBotTokenDetector,
    "github_token": GitHubTokenDetector,
    "gitlab_token": GitLabTokenDetector,
    "mailchimp_key": MailchimpDetector,
    "openai_key": OpenAIDetector,
    "pypi_token": PypiTokenDetector,
    "sendgrid_key": SendGridDetector,
    "slack_token": SlackDetector,
    "square_secret": SquareOAuthDetector,
    "telegram_token": TelegramBotTokenDetector,
    "twilio_key": TwilioKeyDetector,
}
_VALUE_IN_GROUP: Final = frozenset({"password_in_url"})
"""Kinds of the library whose form holds more than the secret."""
_SHORTEST_PASSWORD = 8


def _mixed(value: str) -> bool:
    """Whether it looks chosen rather than written: letters and digits, and long enough."""
    return len(value) >= _SHORTEST_PASSWORD and not value.isalpha() and not value.isdecimal()


_OWN: Final[dict[str, str]] = {
    # no two dashes in a row in the body, so that it ends where the key does; the end itself may be cut off
    "private_key": (
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:-?[A-Za-z0-9+/=\s\\:,.])*"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
    ),
    "json_web_token": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    "anthropic_key": r"\bsk-ant-[a-z0-9]{2,12}-[A-Za-z0-9_-]{24,}",
    "openai_key": r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}",
    "google_key": r"\bAIza[A-Za-z0-9_-]{35}",
    "google_oauth_secret": r"\bGOCSPX-[A-Za-z0-9_-]{28}",
    "github_token": r"\bgithub_pat_[A-Za-z0-9_]{50,}",
    "slack_token": r"\bxapp-\d-[A-Z0-9]{8,}-\d{8,}-[a-f0-9]{32,}",
    "stripe_key": r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}",
    "stripe_webhook_secret": r"\bwhsec_[A-Za-z0-9+/=]{24,}",
    "npm_token": r"\bnpm_[A-Za-z0-9]{36}",
    "hugging_face_token": r"\bhf_[A-Za-z0-9]{30,}",
    "gateway_token": r"\bmgt_[A-Za-z0-9_-]{40,}",
}
_PASSWORD: Final = Pattern(
    kind="secret:password",
    expression=(
        r"(?i)\b(?:password|passwd|passphrase|pwd|client_secret|api_?key|access_token|refresh_token|auth_token)"
        r"[\"'\\]{0,3}\s{0,3}[:=]\s{0,3}[\"'\\]{0,3}([^\s\"'\\,;<>{}\[\]]{8,200})"
    ),
    group=1,
    confirmed=_mixed,
)

SECRETS: Final[tuple[Pattern, ...]] = (
    *(
        Pattern(kind=f"secret:{kind}", expression=linear(form), group=1 if kind in _VALUE_IN_GROUP else 0)
        for kind, detector in _KEPT.items()
        for form in vars(detector)["denylist"]
    ),
    *(Pattern(kind=f"secret:{kind}", expression=expression) for kind, expression in _OWN.items()),
    _PASSWORD,
)
"""Masked wherever they are found."""
