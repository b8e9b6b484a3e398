"""Settings: precedence, origins, and one clear message for each mistake."""

from pathlib import Path

import pytest

from raypipe.errors import SettingsError
from raypipe.settings import (
    KNOWN_KEYS,
    VARIABLES,
    Settings,
    debug_wanted,
    describe_key,
    load_settings,
    nearest_key,
    user_cache_dir,
)

HOME = {"HOME": "/home/maya"}


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_those_of_the_specification():
    settings = Settings()
    assert settings.processing.max_concurrent_jobs == 4
    assert settings.processing.job_timeout_s == 600
    assert settings.processing.max_retries == 3
    assert (settings.video.aspect_ratio, settings.video.target_duration) == (("9:16",), 60)
    assert (settings.video.fps, settings.video.max_bitrate) == (30, 8_000_000)
    assert (settings.video.codec, settings.video.audio_codec) == ("h264", "aac")
    assert settings.images.cache_ttl_s == 604_800
    assert settings.tts.cache_ttl_s == 2_592_000


def test_flag_beats_variable_beats_file_beats_default(tmp_path):
    file = write(
        tmp_path / "s.yaml", "video_pipeline: {video: {fps: 24, quality: high, max_bitrate: 1e6}}"
    )
    env = {**HOME, "RAYPIPE_VIDEO_QUALITY": "draft", "RAYPIPE_VIDEO_FPS": "30"}
    loaded = load_settings({"video.fps": 24}, env, file, flag_names={"video.fps": "--fps"})
    origins = {key: str(loaded.origins[key]) for key in KNOWN_KEYS}
    assert loaded.settings.video.fps == 24
    assert origins["video.fps"] == "flag --fps"
    assert loaded.settings.video.quality == "draft"
    assert origins["video.quality"] == "environment RAYPIPE_VIDEO_QUALITY"
    assert loaded.settings.video.max_bitrate == 1_000_000
    assert origins["video.max_bitrate"] == f"file {file}"
    assert origins["video.codec"] == "default"


def test_flags_of_none_were_not_given():
    assert load_settings({"video.fps": None}, HOME).origins["video.fps"].kind == "default"


def test_each_variable_sets_its_own_value():
    values = {
        "processing.max_retries": ("5", 5),
        "video.captions": ("off", False),
        "publishing.platforms": ("x, tiktok", ("x", "tiktok")),
        "storage.models_dirs": ("/a,/b", (Path("/a"), Path("/b"))),
        "tts.voice": ("null", None),
        "video.effects": ("vignette, grain", ("vignette", "grain")),
        "video.caption_colour": ("#FFD70A", "#FFD70A"),
        "music.default": ("none", "none"),
        "images.steps": ("null", None),
        "images.loras": ("ink:0.8, lcm", ("ink:0.8", "lcm")),
        "images.references": (
            "Mira=/p/m.png, Bo=/p/b.png",
            {"Mira": Path("/p/m.png"), "Bo": Path("/p/b.png")},
        ),
    }
    variables = {variable: key for variable, key in VARIABLES.items() if key in values}
    env = HOME | {variable: values[key][0] for variable, key in variables.items()}
    shown = {key: value for key, value, _ in load_settings({}, env).items()}
    assert {key: shown[key] for key in values} == {key: value for key, (_, value) in values.items()}


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("auto", "auto"),
        ("none", ()),
        ("[ken_burns, vignette]", ("ken_burns", "vignette")),
        ("grain", ("grain",)),
    ],
)
def test_effects_are_one_word_or_a_list(tmp_path, text, wished):
    file = write(tmp_path / "s.yaml", f"video_pipeline: {{video: {{effects: {text}}}}}")
    assert load_settings({}, HOME, file).settings.video.wished_effects == wished


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("video.effects", "auto,grain"),
        ("video.effects", "grain,grain"),
        ("video.effects", "sepia"),
        ("video.caption_colour", "red"),
        ("video.caption_size", "9"),
        ("video.safe_area", "myspace"),
        ("video.transitions", "star_wipe"),
    ],
)
def test_a_look_that_is_unknown_is_refused_by_its_key(key, value):
    with pytest.raises(SettingsError) as caught:
        load_settings({key: value}, HOME)
    assert caught.value.where == key


def test_a_mapping_without_a_name_is_told():
    with pytest.raises(SettingsError, match="expected name=value, joined by commas, got 'Ana'"):
        load_settings({}, HOME | {"RAYPIPE_IMAGES_REFERENCES": "Ana"})


@pytest.mark.parametrize(("steps", "limit"), [("0", "at least 1"), ("500", "150")])
def test_steps_out_of_range_are_told_with_their_variable(steps, limit):
    with pytest.raises(SettingsError, match=limit) as why:
        load_settings({}, HOME | {"RAYPIPE_IMAGES_STEPS": steps})
    assert "RAYPIPE_IMAGES_STEPS" in why.value.remedy


def test_items_name_every_setting_in_the_order_of_the_tree():
    assert [key for key, _, _ in load_settings({}, HOME).items()] == list(KNOWN_KEYS)
    assert all(describe_key(key) for key in KNOWN_KEYS)


@pytest.mark.parametrize("ratio", ["9:16", "1:1", "16:9", "4:5"])
def test_an_unquoted_ratio_stays_a_ratio(tmp_path, ratio):
    # YAML 1.1 reads 9:16 as 556, a number to the base of 60.
    file = write(tmp_path / "s.yaml", f"video_pipeline:\n  video:\n    aspect_ratio: {ratio}\n")
    assert load_settings({}, HOME, file).settings.video.aspect_ratio == (ratio,)


def test_several_ratios_are_a_list_or_stand_between_commas(tmp_path):
    wished = ("9:16", "16:9")
    file = write(tmp_path / "s.yaml", "video_pipeline: {video: {aspect_ratio: [9:16, 16:9]}}")
    assert load_settings({}, HOME, file).settings.video.aspect_ratio == wished
    env = {**HOME, "RAYPIPE_VIDEO_ASPECT_RATIO": "9:16, 16:9"}
    assert load_settings({}, env).settings.video.aspect_ratio == wished


@pytest.mark.parametrize(("given", "blamed"), [("9:16,3:7", "'3:7'"), (",", "()")])
def test_a_ratio_that_is_none_is_named_alone_with_the_four_that_are(given, blamed):
    with pytest.raises(SettingsError) as caught:
        load_settings({"video.aspect_ratio": given}, HOME)
    assert caught.value.where == "video.aspect_ratio"
    assert f"got {blamed}" in caught.value.problem
    assert all(ratio in str(caught.value) for ratio in ("9:16", "1:1", "16:9", "4:5"))


def test_files_are_searched_here_then_in_the_users_folder(tmp_path):
    home = {"HOME": str(tmp_path / "home")}
    assert load_settings({}, home).file is None
    theirs = write(
        tmp_path / "home/.config/raypipe/config.yaml", "video_pipeline: {video: {fps: 24}}"
    )
    assert load_settings({}, home).file == theirs
    write(tmp_path / "raypipe.yaml", "video_pipeline:\n")
    assert load_settings({}, home).file == Path("raypipe.yaml")
    named = write(tmp_path / "named.yaml", "video_pipeline: {video: {quality: high}}")
    assert load_settings({}, home | {"RAYPIPE_CONFIG": str(named)}).file == named


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "/home/maya/.cache/raypipe"),
        ({"XDG_CACHE_HOME": "/big"}, "/big/raypipe"),
        ({"XDG_CACHE_HOME": "not/absolute"}, "/home/maya/.cache/raypipe"),
    ],
)
def test_the_cache_is_the_users_own_by_default(variables, expected):
    assert user_cache_dir(HOME | variables) == Path(expected)
    loaded = load_settings({}, HOME | variables)
    assert loaded.settings.storage.cache_url == f"file://{expected}"
    assert loaded.origins["storage.cache_url"].kind == "default"


def test_a_home_sign_is_expanded(monkeypatch):
    monkeypatch.setenv("HOME", "/home/maya")
    loaded = load_settings({"storage.output_dir": "~/films"}, HOME)
    assert loaded.settings.storage.output_dir == Path("/home/maya/films")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("video_pipeline: {vidoe: {fps: 24}}", ["'vidoe'", "'video'"]),
        ("video_pipeline: {video: {frames: 24}}", ["'video.frames'"]),
        (
            "video_pipeline: {video: {max_bitrat: 24}}",
            ["'video.max_bitrat'", "'video.max_bitrate'"],
        ),
        ("video_pipelin: {}", ["video_pipeline", "video_pipelin"]),
        ("video_pipeline: {}\nother: 1", ["'other'", "video_pipeline"]),
        ("video_pipeline: {video: {fps: 25}}", ["video.fps", "24 or 30", "got 25"]),
        ("video_pipeline: {video: {target_duration: .nan}}", ["target_duration", "nan"]),
        ("video_pipeline: {video: {target_duration: -5}}", ["target_duration", "-5"]),
        ("video_pipeline: {video: [1, 2]}", ["video", "[1, 2]"]),
        ("video_pipeline: [1]", ["under 'video_pipeline'", "[1]"]),
        ("video_pipeline: {video: {fps: 24, fps: 30}}", ["fps", "stands twice"]),
        ("video_pipeline: {video: {fps: 24}", ["line 1 column 34: not valid YAML: expected ','"]),
        ("video_pipeline: !!python/object/apply:os.getcwd []", ["not valid YAML"]),
        ("", ["video_pipeline"]),
        ("[" * 20_000, ["not valid YAML"]),
    ],
)
def test_a_mistake_in_the_file_is_named_with_the_file(tmp_path, text, named):
    file = write(tmp_path / "bad.yaml", text)
    with pytest.raises(SettingsError) as caught:
        load_settings({}, HOME, file)
    message = str(caught.value)
    assert str(file) in message
    assert caught.value.remedy
    assert all(part in message for part in named), message
    assert len(message) < 1500


def test_files_that_cannot_be_read_are_named(tmp_path):
    cases = [tmp_path / "absent.yaml", tmp_path, tmp_path / "latin.yaml", tmp_path / "large.yaml"]
    cases[2].write_bytes(b"video_pipeline: \xff\xfe")
    cases[3].write_bytes(b"#" * 1_000_001)
    for file in cases:
        with pytest.raises(SettingsError) as caught:
            load_settings({}, HOME, file)
        assert str(file) in str(caught.value)
        assert caught.value.remedy


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("RAYPIPE_VIDO_FPS", "24", "RAYPIPE_VIDEO_FPS"),
        ("RAYPIPE_VIDEO_FPS", "x", "24 or 30"),
        ("RAYPIPE_VIDEO_TARGET_DURATION", "inf", "finite"),
        ("RAYPIPE_VIDEO_CAPTIONS", "maybe", "yes or no"),
        ("RAYPIPE_PROCESSING_MAX_RETRIES", "-1", "at least 0"),
        ("RAYPIPE_PUBLISHING_PLATFORMS", "youtube,myspace", "tiktok"),
    ],
)
def test_a_mistake_in_a_variable_is_named_with_the_variable(variable, value, named):
    with pytest.raises(SettingsError) as caught:
        load_settings({}, HOME | {variable: value})
    assert variable in str(caught.value)
    assert named in str(caught.value)


def test_variables_that_are_no_settings_are_left_alone():
    env = HOME | {
        "RAYPIPE_VIDEO_FPS": "",
        "RAYPIPE_DEBUG": "1",
        # What Kubernetes puts into each pod beside services raypipe and raypipe-head-svc.
        "RAYPIPE_PORT": "tcp://10.0.0.7:8265",
        "RAYPIPE_SERVICE_HOST": "10.0.0.7",
        "RAYPIPE_SERVICE_PORT": "8265",
        "RAYPIPE_HEAD_SVC_SERVICE_PORT_DASHBOARD": "8265",
        "RAYPIPE_HEAD_SVC_PORT_8265_TCP_ADDR": "10.0.0.7",
    }
    loaded = load_settings({}, env)
    assert loaded.settings.video.fps == 30
    assert loaded.debug


@pytest.mark.parametrize(
    ("env", "address"),
    [
        ({}, None),
        ({"RAY_ADDRESS": "head:6379"}, "head:6379"),
        ({"RAY_ADDRESS": "head:6379", "RAYPIPE_ADDRESS": "auto"}, "auto"),
    ],
)
def test_the_address_is_raypipes_own_or_rays(env, address):
    assert load_settings({}, HOME | env).address == address


@pytest.mark.parametrize(
    ("value", "wanted"), [("1", True), ("on", True), ("0", False), ("", False)]
)
def test_debug_is_asked_for_by_a_variable(value, wanted):
    assert debug_wanted({"RAYPIPE_DEBUG": value}) == wanted


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().video.fps = 24


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("video.target_duration", "1:30", "expected a number, got '1:30'"),
        ("video.target_duration", "3", "expected at least 5, got '3'"),
        ("video.target_duration", "900", "expected at most 600, got '900'"),
        ("processing.job_timeout_s", "0", "expected a value greater than 0, got '0'"),
        ("video.max_bitrate", "8M", "expected a whole number, got '8M'"),
        ("video.captions", "maybe", "expected yes or no, got 'maybe'"),
    ],
)
def test_what_was_expected_is_said_in_few_words(key, text, expected):
    with pytest.raises(SettingsError) as told:
        load_settings({key: text}, env=HOME)
    assert told.value.problem == expected


def test_an_unknown_key_like_no_other_points_to_the_list():
    assert nearest_key("foo", KNOWN_KEYS) == "see all settings with 'raypipe config show'"


def test_an_error_names_what_was_written(tmp_path):
    file = tmp_path / "raypipe.yaml"
    file.write_text("video_pipeline: {video: {fps: 25}}")
    flag = {"flags": {"video.fps": "25"}, "env": {}}
    given = {
        "--fps": {**flag, "flag_names": {"video.fps": "--fps"}},
        "video.fps": {**flag, "flag_names": {"video.fps": "--set"}},
        "RAYPIPE_VIDEO_FPS": {"env": {"RAYPIPE_VIDEO_FPS": "25"}},
        f"{file}: video.fps": {"env": {}, "file": file},
    }
    for where, arguments in given.items():
        with pytest.raises(SettingsError) as caught:
            load_settings(**arguments)
        assert caught.value.where == where
