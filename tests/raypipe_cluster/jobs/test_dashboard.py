"""What stands at an address is found out before anything is sent there."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from raypipe.errors import ClusterError, InputError, StorageError
from raypipe.settings import user_state_dir
from raypipe_cluster.jobs.dashboard import look_at
from raypipe_cluster.ray_environment import find_token, token_file

HEAD = {"node_id": "aa", "is_head_node": True}
WORKER = {"node_id": "bb", "is_head_node": False}


def nodes(*rows):
    return {"result": True, "data": {"result": {"result": list(rows)}}}


class Server:
    """An HTTP server that answers as it is told, and remembers who asked with which token."""

    def __init__(self):
        self.answers = {"/api/version": {"ray_version": "2.60.0"}, "/api/v0/nodes": nodes(HEAD)}
        self.token = None
        self.seen = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                given = self.headers.get("Authorization")
                server.seen.append(given)
                if server.token and given != f"Bearer {server.token}":
                    self.send_response(403 if given else 401)
                    self.end_headers()
                    return
                answer = server.answers.get(self.path.partition("?")[0])
                self.send_response(200 if answer is not None else 404)
                self.end_headers()
                if answer is not None:
                    self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_):
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_token(tmp_path, monkeypatch):
    """A home without a token, and no variable that names one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def refusal(address):
    with pytest.raises(ClusterError) as caught:
        look_at(address)
    assert caught.value.where == "--address"
    assert caught.value.remedy
    assert len(caught.value.problem) < 250
    return str(caught.value)


def test_a_token_is_sent_only_where_it_is_asked_for(server, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    assert look_at(server.url + "/").headers == {}
    assert set(server.seen) == {None}
    server.token = "secret"  # noqa: S105 - of a server of this test
    found = look_at(server.url)
    assert found.headers == {"Authorization": "Bearer secret"}
    assert found.url == server.url


def test_a_missing_and_a_wrong_token_are_told_apart(server, monkeypatch, no_token):
    server.token = "right"  # noqa: S105 - of a server of this test
    assert "wants a token" in refusal(server.url)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "wrong-value")
    said = refusal(server.url)
    assert "refuses the token from RAY_AUTH_TOKEN" in said
    assert "wrong-value" not in said
    monkeypatch.delenv("RAY_AUTH_TOKEN")
    (no_token / ".ray").mkdir()
    (no_token / ".ray" / "auth_token").write_text("right\n")
    assert look_at(server.url).headers == {"Authorization": "Bearer right"}


def test_tokens_are_looked_for_where_ray_does(monkeypatch, no_token):
    assert find_token() is None
    (no_token / "token").write_text(" of a file \n")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(no_token / "token"))
    assert find_token().value == "of a file"
    assert "of a file" not in repr(find_token())
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of the variable")
    assert find_token().value == "of the variable"
    monkeypatch.delenv("RAY_AUTH_TOKEN")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(no_token / "gone"))
    with pytest.raises(StorageError, match="gone"):
        find_token()


def test_the_local_cluster_s_own_token_is_known(server, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    server.token = token_file().read_text()
    assert "wants a token" in refusal(server.url)
    me = psutil.Process()
    record = {"address": "a", "dashboard_url": server.url, "pid": me.pid, "log": ""}
    record["started_s"] = me.create_time()
    (user_state_dir() / "cluster.json").write_text(json.dumps(record))
    assert look_at(server.url).headers == {"Authorization": f"Bearer {server.token}"}


@pytest.mark.parametrize("version", ["2.55.1", "1.9.0"])
def test_too_old_a_ray_is_told(server, version):
    server.answers["/api/version"] = {"ray_version": version}
    said = refusal(server.url)
    assert f"found {version}" in said
    assert "2.56" in said


@pytest.mark.parametrize("answer", [None, [], {"version": 4}, {"ray_version": "soon"}])
def test_another_program_is_told(server, answer):
    server.answers["/api/version"] = answer
    assert "expected a Ray dashboard" in refusal(server.url)


def test_where_nothing_answers_is_told(server):
    server.close()
    assert "nothing answers" in refusal(server.url)
    assert "no such host" in refusal("http://raypipe.invalid:8265")


@pytest.mark.parametrize(
    "address", ["http://", "http://:8265", "http://head:99999", "http://head/?a=1", "http://u@head"]
)
def test_what_is_no_url_of_a_dashboard_is_bad_input(address):
    with pytest.raises(InputError, match="http://HEAD:8265"):
        look_at(address)


def test_jobs_keep_off_the_head_where_there_are_other_nodes(server):
    assert look_at(server.url).others_than is None
    server.answers["/api/v0/nodes"] = nodes(WORKER, HEAD)
    assert look_at(server.url).others_than == "aa"
    server.answers["/api/v0/nodes"] = {"result": False}
    assert look_at(server.url).others_than is None
