"""Understanding what people write, in four languages and with their typos."""
