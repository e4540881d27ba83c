"""What a model call used, in tokens."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call; the three input counts do not overlap."""

    input_tokens: int = 0
    """Neither read from nor written to the cache."""
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
