"""A forecast held against what happens: the rehearsal company's day, worked again under another setting."""
