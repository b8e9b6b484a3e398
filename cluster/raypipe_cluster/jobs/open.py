"""Which store a URL means."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from raypipe.errors import SettingsError
from raypipe.settings import StorageSettings, user_state_dir
from raypipe_cluster.jobs.backend import Backend
from raypipe_cluster.jobs.log_files import JobLogs
from raypipe_cluster.jobs.logged_store import LoggedStore
from raypipe_cluster.jobs.rules import LEASE_MS
from raypipe_cluster.jobs.store import JobStore

_REDIS = ("redis", "rediss", "unix")


def store_of(storage: StorageSettings, *, lease_ms: int = LEASE_MS) -> LoggedStore:
    """Open the job store that ``storage`` names, by default a file of the user's own.

    What happens in it is logged; `JobLogs.attach` of its logs keeps that for each job.

    Raises:
        SettingsError: it names none, or its password cannot be read.
        StorageError: the store cannot be used; see `Backend`.
    """
    backend = _open_backend(
        jobs_url(storage),
        password=_password(storage.jobs_password_file),
        ca_file=str(storage.jobs_ca_file) if storage.jobs_ca_file else None,
    )
    return LoggedStore(backend, logs=logs_of(storage), lease_ms=lease_ms)


def logs_of(storage: StorageSettings) -> JobLogs:
    """Return the logs of the jobs that ``storage`` names: beside the file, or of the user's own."""
    parts = urlsplit(jobs_url(storage))
    beside = Path(unquote(parts.path)) if parts.scheme == "sqlite" else user_state_dir() / "jobs"
    return JobLogs(beside.absolute().with_name("job-logs"))


def jobs_url(storage: StorageSettings) -> str:
    """Return where ``storage`` keeps jobs."""
    return storage.jobs_url or f"sqlite://{quote(str(user_state_dir().absolute() / 'jobs.db'))}"


def _password(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"cannot read the password of the job store: {reason}",
            remedy="name a readable file that holds nothing else",
            where=f"storage.jobs_password_file: {file}",
        ) from error


def open_store(
    url: str,
    *,
    password: str | None = None,
    ca_file: str | None = None,
    lease_ms: int = LEASE_MS,
) -> JobStore:
    """Open the job store at ``url`` and make it if it is new.

    Args:
        url: ``sqlite:///absolute/path/jobs.db``, or ``redis://HOST:PORT/DB``, ``rediss://`` with
            TLS, ``unix:///path/to/socket``.
        password: of the Redis server.
        ca_file: certificates that may have signed the Redis server's, instead of the system's.
        lease_ms: how long a claim holds without a heartbeat.

    Raises:
        SettingsError: ``url`` names no store.
        StorageError: the store cannot be used; see `Backend`.
    """
    return JobStore(_open_backend(url, password=password, ca_file=ca_file), lease_ms=lease_ms)


def _open_backend(url: str, *, password: str | None, ca_file: str | None) -> Backend:
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        from raypipe_cluster.jobs.sqlite_backend import SqliteBackend

        return SqliteBackend(Path(unquote(parts.path)))
    if parts.scheme in _REDIS:
        from raypipe_cluster.jobs.redis_backend import RedisBackend, RedisOptions

        options = RedisOptions(url, password=password, ca_file=ca_file)
        return RedisBackend(options)
    raise SettingsError(
        f"expected a URL of SQLite or Redis, got one of scheme {parts.scheme!r}",
        remedy="write sqlite:///path/to/jobs.db, redis://host:6379/0 or rediss://host:6379/0",
        where="the job store",
    )
