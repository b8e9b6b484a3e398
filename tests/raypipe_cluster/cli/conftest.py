"""Running the command line as a person does: arguments in, exit code and both streams out."""

import signal
from dataclasses import dataclass

import pytest

from raypipe.settings import VARIABLES
from raypipe_cluster.cli.boundary import run_command
from raypipe_cluster.cli.main import cli


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def plain_signals():
    """Start processes that heed all signals, even where a shell ran pytest in its background."""
    defaults = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    former = {number: signal.signal(number, handler) for number, handler in defaults.items()}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder with nothing in it, and no variable of raypipe's or Ray's."""
    for variable in (*VARIABLES, "RAYPIPE_CONFIG", "RAYPIPE_DEBUG", "RAYPIPE_ADDRESS"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "RAY_ADDRESS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(home, capsys):
    """Return a function that runs one command line in this process."""
    assert not any(home.iterdir())

    def call(*arguments):
        code = run_command(cli, [str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call
