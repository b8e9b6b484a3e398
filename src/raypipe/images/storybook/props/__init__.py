"""Things: each drawing takes a foot (x, y) and a height in pixels, and returns a `Block`."""
