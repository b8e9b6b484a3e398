"""What all checkpoints share: configurations are read or refused, weights are told apart."""

import pytest

from raypipe.checkpoint_files import fingerprint, read_config
from raypipe.errors import EngineUnavailableError


def test_a_configuration_is_a_json_object(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('{"model": "vits"}')
    assert read_config(path, remedy="") == {"model": "vits"}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "expected JSON"), (b"\xff\xfe", "expected JSON"), (b"[1]", "object in .* found list")],
)
def test_anything_else_is_refused_with_its_remedy(tmp_path, content, said):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(EngineUnavailableError, match=said) as caught:
        read_config(path, remedy="copy it again")
    assert caught.value.remedy == "copy it again"


def test_a_missing_configuration_is_named(tmp_path):
    with pytest.raises(EngineUnavailableError, match=r"config\.json, but it is not there"):
        read_config(tmp_path / "config.json", remedy="")


def test_one_changed_tensor_in_files_of_equal_length_changes_the_fingerprint(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(bytes(5_000_000))
    tuned = bytearray(5_000_000)
    tuned[2_500_000:2_900_000] = b"\x01" * 400_000
    second.write_bytes(tuned)
    assert fingerprint(first) != fingerprint(second)
    second.write_bytes(bytes(5_000_000))
    assert fingerprint(first) == fingerprint(second)
    second.write_bytes(bytes(5_000_001))
    assert fingerprint(first) != fingerprint(second)
