SELECT run_id FROM state.tasks WHERE task_id = %(task_id)s
