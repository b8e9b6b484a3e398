"""Which store the settings mean."""

from pathlib import Path

import pytest

from raypipe.errors import SettingsError
from raypipe.settings import StorageSettings, user_state_dir
from raypipe_cluster.jobs.open import jobs_url, store_of


def test_without_a_setting_the_jobs_are_the_users_own():
    assert jobs_url(StorageSettings()) == f"sqlite://{user_state_dir()}/jobs.db"


def test_a_folder_with_odd_characters_is_found_again(tmp_path, monkeypatch, story):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "50% of ?é"))
    with store_of(StorageSettings()) as store:
        store.submit(story())
    assert (tmp_path / "50% of ?é" / "raypipe" / "jobs.db").is_file()


def test_the_password_is_read_from_its_file(redis_place, tmp_path):
    secret = tmp_path / "password"
    secret.write_text(f"{redis_place.told()[-1]}\n")
    storage = StorageSettings(jobs_url=redis_place.url, jobs_password_file=secret)
    with store_of(storage) as store:
        assert set(store.counts()) >= {"queued", "running"}


def test_a_password_that_cannot_be_read_is_named(tmp_path):
    storage = StorageSettings(
        jobs_url="redis://localhost:1/0", jobs_password_file=Path(tmp_path / "none")
    )
    with pytest.raises(SettingsError, match=r"jobs_password_file.*none.*No such file"):
        store_of(storage)
