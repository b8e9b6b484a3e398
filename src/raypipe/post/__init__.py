"""After rendering: thumbnails, metadata, sidecars, checks, report."""
