"""The content store: every product under a key made of all that it depends on."""
