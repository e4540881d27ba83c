"""What agents of the rehearsal write to people outside, in four languages."""
