"""What runs inside the sandbox; it is mounted there alone, so it imports the standard library only."""
