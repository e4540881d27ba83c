-- Held until the task waits: who ends the halt meanwhile comes after that, and finds the task to wake.
SELECT status <> 'active' AND (paused_until IS NULL OR paused_until > clock_timestamp()) AS waits
FROM state.teams
WHERE team = %(who)s
FOR SHARE;
