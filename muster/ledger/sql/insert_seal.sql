INSERT INTO state.seals (day, first_seq, last_seq, events, sha256, made_at)
VALUES (%(day)s, %(first_seq)s, %(last_seq)s, %(events)s, %(sha256)s, %(made_at)s)
