"""Encoding: segments, the soundtrack, and the join."""
