"""Rendered documents: the terminal's tables and the weekly review, from the figures of `muster.analysis`."""
