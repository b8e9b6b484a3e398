"""Frames: pictures, camera moves and transitions in I420."""
