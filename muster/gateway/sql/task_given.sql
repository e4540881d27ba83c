SELECT source, channel, title, content FROM state.tasks WHERE task_id = %(task_id)s
