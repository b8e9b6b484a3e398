"""Sound: narration, music, mixing, loudness."""
