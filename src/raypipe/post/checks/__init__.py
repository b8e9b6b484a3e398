"""Validation checkpoints of every stage: small pure functions, each giving a `Check`.

`story`, `assets`, `composition`, `rendering` (with `seams`) and `finishing` hold the checks,
`limits` the numbers they go by with their sources, `model` the result.
"""
