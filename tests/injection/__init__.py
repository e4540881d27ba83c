"""Attacks on the demo company by text, carried out by a model that obeys every instruction it reads."""
