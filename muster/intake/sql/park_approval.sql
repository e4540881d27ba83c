-- Held until the task waits: who decides meanwhile comes after that, and finds the task to wake.
SELECT status = 'open' AS waits
FROM state.approvals
WHERE approval_id = %(who)s
FOR SHARE;
