"""Image engines: a prompt becomes a picture."""
