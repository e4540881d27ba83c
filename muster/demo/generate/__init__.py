"""The demo company's work: master data, messages and the truth about each, from a seed."""
