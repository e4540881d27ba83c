"""Where the values of a call come from, and who vouches for them: pure, and blind to what a model says."""
