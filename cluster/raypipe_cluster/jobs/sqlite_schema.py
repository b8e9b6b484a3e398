"""The tables of a job store in SQLite."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x52504A53
"""Marks the file as a job store (``RPJS``), for ``file`` and for us."""

PRAGMAS: Final = (
    # What is committed is on the disk, even if power fails. apsw brings an SQLite whose WAL has
    # no known fault; Python 3.11's own (3.40) can corrupt a WAL that is reset (fixed in 3.51.3).
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)

# Partial indexes hold only the jobs that their queries look for.
TABLES: Final = """
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    story_id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    mark TEXT NOT NULL,
    lease_until_ms INTEGER,
    submitted_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    started_ms INTEGER,
    finished_ms INTEGER,
    progress_ms INTEGER,
    changed_ms INTEGER NOT NULL,
    rank_ms INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    options TEXT NOT NULL,
    error TEXT,
    result TEXT,
    steps TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX jobs_waiting ON jobs (rank_ms, seq) WHERE state IN ('queued', 'retrying');
CREATE INDEX jobs_leased ON jobs (lease_until_ms) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (finished_ms) WHERE finished_ms IS NOT NULL;
CREATE INDEX jobs_changed ON jobs (version);
CREATE INDEX jobs_state ON jobs (state, seq);
CREATE INDEX jobs_story ON jobs (story_id, seq);
CREATE UNIQUE INDEX jobs_newest ON jobs (story_id) WHERE newest = 1;
CREATE TABLE documents (
    seq INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
    document TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
    parcel_id INTEGER PRIMARY KEY AUTOINCREMENT,
    seq INTEGER NOT NULL REFERENCES jobs (seq),
    epoch INTEGER NOT NULL,
    parcel TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_job ON outbox (seq);
CREATE TABLE counter (version INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (0);
"""

NEXT_JOB: Final = """
SELECT seq FROM jobs INDEXED BY jobs_waiting
WHERE state IN ('queued', 'retrying') AND due_ms <= :now ORDER BY rank_ms, seq LIMIT 1
"""
"""Left to itself the planner takes ``jobs_state`` and sorts the whole queue at every claim."""
