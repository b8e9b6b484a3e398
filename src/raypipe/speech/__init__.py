"""Speech engines: text becomes samples with word times."""
