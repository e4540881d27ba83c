"""Rendered documents: the terminal's tables and the reviews, from the figures of `muster.analysis`."""
