"""What a review is made of: its facts, its blocks, its texts, its PDF, its archive and its mail."""
