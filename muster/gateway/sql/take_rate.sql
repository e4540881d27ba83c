-- Counts the calls in each limit's window and marks this one when none is used up; gives those that are, by place.
-- One statement, so that two gateways cannot both take the last place.
SELECT place, frees_at, clock_timestamp() AS now
FROM state.take_rate(
    %(agent)s, %(tool)s, %(patterns)s::text[], %(calls)s::integer[], %(seconds)s::double precision[], %(keep_seconds)s
)
