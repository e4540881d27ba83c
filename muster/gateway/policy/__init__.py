"""Who may do what: a chain of small pure rules, each with a verdict, a reason and an id."""
