"""People and animals: how they look, how they hold themselves, how they are cut."""
