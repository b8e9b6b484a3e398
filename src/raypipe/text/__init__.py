"""Text: fonts, shaping, captions."""
