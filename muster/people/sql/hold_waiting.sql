-- Tasks are locked before events of their runs are written, as everybody does it.
SELECT FROM state.tasks WHERE status = 'waiting' AND waiting_for = %(approval_id)s FOR NO KEY UPDATE
