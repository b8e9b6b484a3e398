"""The timeline: what is seen and heard at which frame."""
