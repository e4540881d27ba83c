SELECT FROM state.tasks
WHERE task_id = %(task_id)s AND status = 'working' AND lease_owner = %(worker)s AND attempts = %(attempt)s
FOR NO KEY UPDATE;
