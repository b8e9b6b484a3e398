"""What can happen to a server: gone, full, closed to us, newer, read by strangers."""

import shutil
import socket
import subprocess

import pytest
import redis
from redis.crc import key_slot

from raypipe.errors import DiskFullError, SettingsError
from raypipe_cluster.jobs.errors import JobStoreError, StoreUnavailableError, StoreVersionError
from raypipe_cluster.jobs.model import JobFilter, JobResult, Page
from raypipe_cluster.jobs.records import SCHEMA
from raypipe_cluster.jobs.redis_backend import RedisBackend, RedisOptions
from raypipe_cluster.jobs.store import JobStore

PASSWORD = "pw"  # noqa: S105 - of a server that lives for one test


@pytest.fixture
def admin(redis_server, redis_place):
    client = redis.Redis.from_url(
        redis_server.url, password=redis_place.told()[3], decode_responses=True
    )
    yield client
    client.close()


def test_the_time_is_the_servers(redis_place, story, admin):
    with redis_place.store() as store:
        job = store.submit(story()).job
        seconds, micros = admin.time()
        now_ms = seconds * 1000 + micros // 1000
        assert now_ms - 60_000 < job.submitted_ms <= now_ms


def test_a_wrong_password_is_a_refusal_without_the_password(redis_server):
    for password in ("wrong", None):
        with pytest.raises(JobStoreError, match="check the password") as caught:
            RedisBackend(RedisOptions(redis_server.url, password=password))
        assert not caught.value.retryable
    with pytest.raises(JobStoreError) as caught:
        RedisBackend(RedisOptions(redis_server.url.replace("unix://", "unix://me:secret@")))
    assert "secret" not in str(caught.value)


def test_a_newer_schema_is_refused(redis_place, admin):
    redis_place.store().close()
    admin.set(f"{redis_place.prefix}:schema", SCHEMA + 1)
    with pytest.raises(StoreVersionError, match=f"found schema {SCHEMA + 1}"):
        redis_place.store()


def test_a_server_that_is_gone_is_a_retryable_error_and_loses_nothing(
    redis_server, redis_place, story
):
    with redis_place.store() as store:
        store.submit(story("a"))
        store.submit(story("b"))
        claim = store.claim("w")
        redis_server.kill()
        try:
            for call in (
                lambda: store.submit(story("c")),
                lambda: store.heartbeat(claim),
                lambda: store.commit(claim, JobResult(pointer="a.1/1")),
                lambda: store.claim("w"),
                store.counts,
                lambda: store.document("a.1"),
            ):
                with pytest.raises(StoreUnavailableError) as caught:
                    call()
                assert caught.value.retryable
                assert "still there" in str(caught.value)
            with pytest.raises(StoreUnavailableError):
                redis_place.store()
        finally:
            redis_server.start()
        assert store.commit(claim, JobResult(pointer="a.1/1")).state == "succeeded"
        assert store.claim("w").job.job_id == "b.2"
        assert store.counts()["running"] == 1


def test_a_full_server_is_an_error_that_goes_away_by_itself(redis_place, story, admin):
    with redis_place.store() as store:
        store.submit(story("a"))
        admin.config_set("maxmemory", 1)
        try:
            for call in (
                lambda: store.submit(story("b")),
                lambda: store.cancel("a.1"),
            ):
                with pytest.raises(DiskFullError, match="no space left"):
                    call()
            assert store.counts() == store.counts() | {"queued": 1, "running": 0, "cancelled": 0}
            assert store.get("a.1").attempt == 0
        finally:
            admin.config_set("maxmemory", 0)
        store.submit(story("b"))
        assert store.claim("w").job.attempt == 1


def test_every_key_lies_in_one_slot_and_nothing_is_left_over(redis_place, story, admin, clock):
    with redis_place.store(clock=clock) as store:
        store.submit(story())
        store.commit(store.claim("w"), JobResult(pointer="fox.1/1"))
        keys = admin.keys(f"{redis_place.prefix}:*")
        assert len({key_slot(key.encode()) for key in keys}) == 1
        clock.forward(1)
        store.prune(older_ms=0)
        left = {
            key.removeprefix(redis_place.prefix)
            for key in admin.keys("*")
            if redis_place.prefix in key
        }
        assert left == {":seq", ":version", ":schema", ":counts"}


def test_scripts_lost_by_a_restart_are_sent_again(redis_place, story, admin):
    with redis_place.store() as store:
        store.submit(story("a"))
        admin.script_flush()
        assert store.submit(story("b")).created


def test_a_list_looks_through_more_jobs_than_one_call_reads(redis_place, story, admin):
    with redis_place.store() as store:
        wanted = store.submit(story("wanted", priority="high")).job
        # Copies of the record stand for 2,500 jobs between, which would take long to submit.
        record = admin.hgetall(f"{redis_place.prefix}:job:{1:015d}") | {"priority": "low"}
        with admin.pipeline() as pipe:
            for seq in range(2, 2502):
                pipe.zadd(f"{redis_place.prefix}:all", {f"{seq:015d}": seq})
                pipe.hset(f"{redis_place.prefix}:job:{seq:015d}", mapping=record | {"seq": seq})
            pipe.execute()
        assert store.page(JobFilter(priority="high")).jobs == (wanted,)
        assert store.page(JobFilter(priority="normal")) == Page((), None)


@pytest.mark.parametrize("url", ["http://localhost", "redis://host:port/x", ""])
def test_a_url_that_is_none_of_redis(url):
    with pytest.raises((SettingsError, StoreUnavailableError)):
        RedisBackend(RedisOptions(url))


def test_the_connection_can_be_encrypted(tmp_path, story):
    if shutil.which("redis-server") is None or shutil.which("openssl") is None:
        pytest.skip("needs redis-server and openssl")
    certificate, key = tmp_path / "server.crt", tmp_path / "server.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    server = subprocess.Popen(
        [
            *("redis-server", "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1"),
            *("--tls-cert-file", str(certificate), "--tls-key-file", str(key)),
            *("--tls-ca-cert-file", str(certificate), "--tls-auth-clients", "no"),
            *("--save", "", "--dir", str(tmp_path), "--requirepass", PASSWORD),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for line in server.stdout:
            if "ready to accept connections" in line.lower():
                break
        url = f"rediss://localhost:{port}/0"
        options = RedisOptions(url, password=PASSWORD, ca_file=str(certificate))
        with JobStore(RedisBackend(options)) as store:
            assert store.submit(story()).created
        with pytest.raises(StoreUnavailableError, match="certificate"):
            RedisBackend(RedisOptions(url, password=PASSWORD))
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
