SELECT written.server, written.value_sha256
FROM state.written_values written
INNER JOIN unnest(%(servers)s::text[], %(digests)s::text[]) AS asked (server, digest)
    ON written.server = asked.server AND written.value_sha256 = asked.digest
