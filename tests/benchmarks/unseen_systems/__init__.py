"""The provenance rules on systems they were not written for, each known by a registration file alone."""
