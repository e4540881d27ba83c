SELECT task_id, team FROM state.tasks WHERE source = %(source)s AND external_id = %(external_id)s;
