SELECT count(*) AS messages FROM state.quarantine;
