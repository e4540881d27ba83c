"""What people hold about the teams, in `data/assumptions/*.yaml`: figures with unit and source."""
