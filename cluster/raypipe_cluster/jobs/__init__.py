"""Durable jobs: a store in SQLite or Redis, and the rules that both follow."""
