"""Quality: golden sets, evaluation, prompt experiments."""
