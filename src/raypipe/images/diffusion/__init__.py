"""Stable Diffusion and its relatives: which checkpoint, at what size, with which prompt."""
