SELECT day, events, sha256 FROM state.seals ORDER BY day
