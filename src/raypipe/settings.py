"""Settings: what they are, and where each value came from.

The tree is that of the specification, under the one key ``video_pipeline``. A value is taken from
a flag, else an environment variable, else a file, else the default. Unknown keys and unreadable
values fail. No other module reads the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from raypipe.errors import SettingsError
from raypipe.story.layers import SceneEffect
from raypipe.story.model import AspectRatio, LanguageTag

Platform = Literal["youtube", "instagram", "facebook", "tiktok", "x"]
Quality = Literal["draft", "standard", "high"]
EffectWish = Literal[
    "auto", "none", "ken_burns", "fade_in", "fade_out", "vignette", "grain", "light_leak"
]
_HexColour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]

ROOT_KEY = "video_pipeline"
VARIABLE_PREFIX = "RAYPIPE_"
MAX_FILE_BYTES = 1_000_000
"""A settings file is a page of text; anything larger is the wrong file."""
_MANY_KEYS = 10
"""More than can be read in a message."""


def _as_int(value: object) -> object:
    """Turn the digits of a variable into a number, which a Literal does not do by itself."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


def _as_list(value: object) -> object:
    """Let one word stand for a list of one."""
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _expand_user(value: object) -> object:
    if isinstance(value, str | Path) and str(value).startswith("~"):
        try:
            return Path(value).expanduser()
        except RuntimeError as error:
            raise ValueError(str(error)) from None
    return value


UserPath = Annotated[Path, BeforeValidator(_expand_user)]
"""A path in which ``~`` is the user's home; relative paths start at the working directory."""


def _absolute(path: Path | None) -> Path | None:
    """Return a path that means the same in a worker, whose working directory is another."""
    return path and path.absolute()


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProcessingSettings(_Section):
    """How many stories at once, how long, and how often again."""

    max_concurrent_jobs: int = Field(
        default=4, ge=1, le=1000, description="stories rendered at the same time"
    )
    job_timeout_s: float = Field(
        default=600, gt=0, le=86_400, allow_inf_nan=False, description="time limit of one story"
    )
    stage_timeout_s: float = Field(
        default=300,
        gt=0,
        le=86_400,
        allow_inf_nan=False,
        description="a story without any progress for so long is tried again",
    )
    max_retries: int = Field(
        default=3, ge=0, le=10, description="further attempts after a retryable error"
    )


class VideoSettings(_Section):
    """The finished video."""

    aspect_ratio: Annotated[tuple[AspectRatio, ...], BeforeValidator(_as_list)] = Field(
        default=("9:16",),
        min_length=1,
        description="9:16, 1:1, 16:9 or 4:5, where a story has none; of a list, the others too",
    )
    target_duration: float = Field(
        default=60, ge=5, le=600, allow_inf_nan=False, description="seconds, where a story has none"
    )
    language: LanguageTag | None = Field(
        default=None, description="such as en or pt-BR, where a story has none; null: by its text"
    )
    fps: Annotated[Literal[24, 30], BeforeValidator(_as_int)] = Field(
        default=30, description="frames a second, 24 or 30"
    )
    codec: Literal["h264"] = Field(default="h264", description="picture codec")
    audio_codec: Literal["aac"] = Field(default="aac", description="sound codec")
    quality: Quality = Field(default="standard", description="draft, standard or high")
    max_bitrate: int = Field(
        default=8_000_000, ge=200_000, le=100_000_000, description="bits a second at most"
    )
    encoder: str = Field(
        default="auto", min_length=1, max_length=64, description="auto, or a name such as libx264"
    )
    captions: bool = Field(default=True, description="draw captions into the picture")
    caption_style: Literal["outline", "box"] = Field(
        default="outline", description="outlined letters, or letters on a dark box"
    )
    caption_position: Literal["bottom_third", "center", "top"] = Field(
        default="bottom_third", description="where captions stand"
    )
    caption_font: str = Field(
        default="sans", min_length=1, max_length=1000, description="sans, or a font file"
    )
    caption_size: int = Field(
        default=68, ge=24, le=200, description="pixels where the shorter side has 1080"
    )
    caption_colour: _HexColour = Field(default="#ffffff", description="letters, as #rrggbb")
    caption_outline: int = Field(
        default=4, ge=0, le=20, description="width of the outline, pixels as in caption_size"
    )
    caption_outline_colour: _HexColour | Literal["story"] = Field(
        default="story", description="outline or box: #rrggbb, or the palette's darkest"
    )
    caption_shadow: bool = Field(default=True, description="a soft shadow about the letters")
    caption_highlight: _HexColour | Literal["story", "none"] = Field(
        default="story", description="the spoken word: #rrggbb, none, or from the palette"
    )
    caption_animation: Literal["none", "fade_in", "rise", "typewriter"] = Field(
        default="fade_in", description="how a caption comes"
    )
    safe_area: Literal["all", "tiktok", "instagram", "youtube"] = Field(
        default="all", description="whose buttons text keeps clear of"
    )
    emoji: str = Field(
        default="auto",
        min_length=1,
        max_length=1000,
        description="auto (in colour where the machine has a font), outline, or a font file",
    )
    effects: Annotated[tuple[EffectWish, ...], BeforeValidator(_as_list)] = Field(
        default=("auto",),
        description="of scenes that name none: auto, none, or some of ken_burns, fade_in, "
        "fade_out, vignette, grain, light_leak",
    )
    transitions: Literal["auto", "cut", "fade", "dissolve", "slide", "wipe", "zoom"] = Field(
        default="auto", description="auto, or one kind for a whole story"
    )

    @property
    def wished_effects(self) -> tuple[SceneEffect, ...] | Literal["auto"]:
        """``effects`` as `raypipe.story.dressing.dress_plan` takes them."""
        if "auto" in self.effects:
            return "auto"
        return tuple(wish for wish in self.effects if wish != "auto" and wish != "none")  # noqa: PLR1714 - what mypy can follow

    @field_validator("effects")
    @classmethod
    def _one_wish(cls, wish: tuple[EffectWish, ...]) -> tuple[EffectWish, ...]:
        if len(wish) > 1 and {"auto", "none"} & set(wish):
            raise ValueError("auto or none alone, or a list of effects")
        if len(set(wish)) < len(wish):
            raise ValueError("each effect once")
        return wish


class ImageSettings(_Section):
    """The pictures."""

    engine: str = Field(
        default="auto",
        min_length=1,
        max_length=1000,
        description="auto, storybook, card, or diffusers:<hub id or folder>",
    )
    style: str = Field(default="", max_length=500, description="words added to every image prompt")
    negative: str = Field(
        default="", max_length=2000, description="words added to every negative prompt"
    )
    steps: int | None = Field(
        default=None, ge=1, le=150, description="denoising steps; null: what the model likes"
    )
    guidance: float | None = Field(
        default=None, ge=0, le=30, description="guidance scale; null: what the model likes"
    )
    scheduler: str | None = Field(
        default=None, max_length=40, description="such as euler-a; null: the model's own"
    )
    loras: tuple[str, ...] = Field(
        default=(), max_length=8, description="LoRAs as name or name:scale, such as ink:0.8"
    )
    embeddings: tuple[str, ...] = Field(
        default=(), max_length=16, description="textual inversions, written <name> in prompts"
    )
    adapters_dir: UserPath | None = Field(
        default=None, description="folder of LoRA and embedding files (.safetensors)"
    )
    second_pass: float = Field(
        default=0, ge=0, le=1, description="redraw at a higher resolution: 0 off, 0.3 adds detail"
    )
    ip_adapter: UserPath | None = Field(
        default=None, description="IP-Adapter (.safetensors) beside its image_encoder"
    )
    ip_scale: float = Field(
        default=0.6, ge=0, le=2, description="how closely pictures of characters are followed"
    )
    references: dict[str, UserPath] = Field(
        default={}, max_length=32, description="pictures of characters: name=file"
    )
    safety: str = Field(
        default="auto", min_length=1, max_length=100, description="auto, off, or a picture check"
    )
    memory: Literal["auto", "full", "sliced", "offload", "layers"] = Field(
        default="auto",
        description="how a GPU's memory is spared: auto, full, sliced, offload, layers",
    )
    compile: bool = Field(default=False, description="compile the model: slow start, faster steps")
    max_batch: int | None = Field(
        default=None, ge=1, le=64, description="pictures drawn at once; null: 4 on a GPU, else 1"
    )
    cache_ttl_s: int = Field(default=604_800, ge=0, description="how long a picture is kept")

    def diffusion_options(self) -> tuple[tuple[str, str], ...]:
        """Return what differs from the defaults, as options in the name of a diffusers engine."""
        one = {
            "negative": self.negative, "steps": self.steps, "guidance": self.guidance,
            "scheduler": self.scheduler, "adapters": _absolute(self.adapters_dir),
            "second_pass": self.second_pass, "ip_adapter": _absolute(self.ip_adapter),
            "ip_scale": self.ip_scale, "safety": self.safety, "memory": self.memory,
            "compile": "true" if self.compile else None, "max_batch": self.max_batch,
        }  # fmt: skip
        defaults = {"second_pass": 0, "ip_scale": 0.6, "safety": "auto", "memory": "auto"}
        pairs = [(key, str(value)) for key, value in one.items() if value != defaults.get(key)]
        pairs = [(key, text) for key, text in pairs if text not in {"", "None"}]
        pairs += [("lora", name) for name in self.loras]
        pairs += [("embedding", name) for name in self.embeddings]
        pairs += [
            ("reference", f"{name}={path.absolute()}") for name, path in self.references.items()
        ]
        return tuple(pairs)


class SpeechSettings(_Section):
    """The narrator."""

    engine: str = Field(
        default="auto",
        min_length=1,
        max_length=1000,
        description="auto, piper:<voice>, espeak:<language>, silence, or coqui:<name or folder>",
    )
    voice: str | None = Field(
        default=None, max_length=200, description="a voice of that engine, where a story has none"
    )
    cast: dict[str, str] = Field(
        default={},
        max_length=64,
        description="who speaks with which voice: narrator, a character or its kind, each with "
        "@genre if only there; a voice of the engine, or an engine with its own",
    )
    speaker_wav: Annotated[tuple[UserPath, ...], BeforeValidator(_as_list)] = Field(
        default=(),
        max_length=10,
        description="recordings of the voice to speak with, 6 to 30 s each, for XTTS",
    )
    language: str | None = Field(
        default=None,
        max_length=20,
        description="a language of a coqui model to read every story in; null: the story's",
    )
    speed: float = Field(
        default=1, ge=0.5, le=2, allow_inf_nan=False, description="pace of a coqui voice"
    )
    seed: int = Field(
        default=0, ge=0, le=2**32 - 1, description="another number, another reading by coqui"
    )
    guard: bool = Field(
        default=True, description="refuse what a coqui voice said where it cannot be the text"
    )
    cache_ttl_s: int = Field(default=2_592_000, ge=0, description="how long speech is kept")

    @field_validator("cast")
    @classmethod
    def _known_cast(cls, cast: dict[str, str]) -> dict[str, str]:
        from raypipe.speech.cast import check_cast

        return check_cast(cast)

    def coqui_options(self) -> tuple[tuple[str, str], ...]:
        """Return what differs from the defaults, as options in the name of a coqui engine."""
        pairs = [("speaker_wav", str(_absolute(path))) for path in self.speaker_wav]
        if self.language is not None:
            pairs.append(("language", self.language))
        if self.speed != 1:
            pairs.append(("speed", f"{self.speed:g}"))
        if self.seed:
            pairs.append(("seed", str(self.seed)))
        if not self.guard:
            pairs.append(("guard", "false"))
        return tuple(pairs)


class MusicSettings(_Section):
    """The bed under the narration."""

    default: str = Field(
        default="ambient",
        min_length=1,
        max_length=1000,
        description="ambient, none, or a sound file, where a story has none",
    )
    volume_db: float = Field(
        default=0,
        ge=-30,
        le=12,
        allow_inf_nan=False,
        description="decibels louder or softer than usual, 9.5 LU under the speech",
    )
    ducking_db: float = Field(
        default=10,
        ge=0,
        le=30,
        allow_inf_nan=False,
        description="decibels by which music goes down under speech",
    )


class PublishingSettings(_Section):
    """Where videos go."""

    platforms: tuple[Platform, ...] = Field(
        default=("youtube", "instagram", "tiktok"),
        description="platforms that thumbnails and metadata are made for",
    )


class StorageSettings(_Section):
    """Folders and stores."""

    output_dir: UserPath = Field(default=Path("videos"), description="folder of finished videos")
    cache_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="file://, s3://, gs:// or az:// address of the cache; null: the user's own",
    )
    cache_max_bytes: int = Field(
        default=20_000_000_000, ge=100_000_000, description="size limit of the cache"
    )
    models_dirs: tuple[UserPath, ...] = Field(
        default=(), description="folders searched for model weights, first one first"
    )
    jobs_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="sqlite:/// or redis:// address of the jobs; null: the user's own",
    )
    jobs_password_file: UserPath | None = Field(
        default=None, description="file with the password of the Redis server"
    )
    jobs_ca_file: UserPath | None = Field(
        default=None, description="certificates that sign the Redis server's, for rediss://"
    )
    jobs_ttl_s: int = Field(
        default=2_592_000, ge=60, description="how long ended jobs and replaced videos are kept"
    )


class Settings(_Section):
    """All settings. ``Settings()`` is the specification's defaults."""

    processing: ProcessingSettings = Field(default_factory=ProcessingSettings)
    video: VideoSettings = Field(default_factory=VideoSettings)
    images: ImageSettings = Field(default_factory=ImageSettings)
    tts: SpeechSettings = Field(default_factory=SpeechSettings)
    music: MusicSettings = Field(default_factory=MusicSettings)
    publishing: PublishingSettings = Field(default_factory=PublishingSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from; ``name`` is the flag, the variable or the file."""

    kind: Literal["flag", "environment", "file", "default"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with the origin of every value, by dotted key such as ``video.fps``.

    ``address`` and ``debug`` are no settings of a video: which cluster to use, from
    RAYPIPE_ADDRESS or RAY_ADDRESS, and whether errors show their traceback, from RAYPIPE_DEBUG.
    """

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path | None = None
    address: str | None = None
    debug: bool = False

    def items(self) -> Iterator[tuple[str, Any, Origin]]:
        """Yield (dotted key, value, origin) for each setting, in the order of the tree."""
        for key in KNOWN_KEYS:
            section, name = key.split(".")
            yield key, getattr(getattr(self.settings, section), name), self.origins[key]


def _section_class(section: str) -> type[BaseModel]:
    return cast("type[BaseModel]", Settings.model_fields[section].annotation)


KNOWN_KEYS: tuple[str, ...] = tuple(
    f"{section}.{name}"
    for section in Settings.model_fields
    for name in _section_class(section).model_fields
)
"""The dotted key of each setting, in the order of the tree."""

VARIABLES: dict[str, str] = {
    VARIABLE_PREFIX + key.replace(".", "_").upper(): key for key in KNOWN_KEYS
}
"""Environment variable -> dotted key."""

_OTHER_VARIABLES = frozenset(
    {
        "RAYPIPE_ADDRESS",
        "RAYPIPE_CONFIG",
        "RAYPIPE_DEBUG",
        "RAYPIPE_FUZZ_CASES",
        "RAYPIPE_LOG",
        "RAYPIPE_REQUIRE_GPU",
    }
)
_LIST_KEYS = frozenset(
    {
        "publishing.platforms",
        "storage.models_dirs",
        "video.aspect_ratio",
        "video.effects",
        "images.loras",
        "images.embeddings",
        "tts.speaker_wav",
    }
)
_MAPPING_KEYS = frozenset({"images.references", "tts.cast"})


def _field(key: str) -> FieldInfo:
    section, name = key.split(".")
    return _section_class(section).model_fields[name]


_NULLABLE_KEYS = frozenset(
    key for key in KNOWN_KEYS if type(None) in get_args(_field(key).annotation)
)

# What Kubernetes adds to a pod's environment where a service named raypipe or raypipe-... exists.
_SERVICE_LINK = re.compile(r"^RAYPIPE_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_.+)?)$")


def describe_key(key: str) -> str:
    """Return what the setting ``key`` means, in a few words."""
    return _field(key).description or ""


def nearest_key(key: str, known: Sequence[str]) -> str:
    """Return the remedy for an unknown ``key``: the known one that was probably meant."""
    by_name = {name.rpartition(".")[2]: name for name in known}
    near = (
        get_close_matches(key, known, n=1, cutoff=0.8)
        or [by_name[name] for name in get_close_matches(key.rpartition(".")[2], by_name, n=1)]
        or get_close_matches(key, known, n=1, cutoff=0.4)
    )
    if near:
        return f"did you mean {near[0]!r}?"
    if len(known) > _MANY_KEYS:
        return "see all settings with 'raypipe config show'"
    return f"known are {', '.join(known)}"


def debug_wanted(env: Mapping[str, str] | None = None) -> bool:
    """Return whether RAYPIPE_DEBUG asks for tracebacks; cheap, and never fails."""
    variables = os.environ if env is None else env
    return variables.get("RAYPIPE_DEBUG", "").strip().lower() not in {"", "0", "no", "off", "false"}


def log_format_wanted(env: Mapping[str, str] | None = None) -> Literal["text", "json"] | None:
    """Return how RAYPIPE_LOG asks for log records, or None.

    Raises:
        SettingsError: it is neither ``text`` nor ``json``.
    """
    variables = os.environ if env is None else env
    wanted = variables.get("RAYPIPE_LOG", "").strip().lower()
    if wanted in {"", "text", "json"}:
        return cast("Literal['text', 'json']", wanted) if wanted else None
    raise SettingsError(
        f"expected text or json, got {_brief(wanted)}",
        remedy="set it to json for programs, to text for people, or unset it",
        where="RAYPIPE_LOG",
    )


def user_cache_dir(env: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the user's own cache (XDG Base Directory Specification 0.8)."""
    return _xdg_dir(os.environ if env is None else env, "XDG_CACHE_HOME", ".cache")


def user_state_dir(env: Mapping[str, str] | None = None) -> Path:
    """Return the folder of what must outlive a run: the local cluster's address and token."""
    return _xdg_dir(os.environ if env is None else env, "XDG_STATE_HOME", ".local/state")


def load_settings(
    flags: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    file: Path | None = None,
    *,
    flag_names: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Gather the settings from flags, environment, file and defaults, in this precedence.

    Args:
        flags: dotted key -> value, or its text; None means that the flag was not given.
        env: the environment; that of the process if None.
        file: the settings file. If None: RAYPIPE_CONFIG, else ``./raypipe.yaml``, else
            ``~/.config/raypipe/config.yaml`` (or under XDG_CONFIG_HOME), else no file.
        flag_names: dotted key -> the flag as the user types it, for messages.

    Raises:
        SettingsError: an unknown key, an unreadable value, or a file that cannot be read.
    """
    variables = os.environ if env is None else env
    found = file or _find_file(variables)
    gathered = _Gathered()
    if found is not None:
        _gather_file(gathered, found)
    _gather_environment(gathered, variables)
    for key, value in (flags or {}).items():
        if value is not None:
            _require_known(key, KNOWN_KEYS, where="flags")
            origin = Origin("flag", (flag_names or {}).get(key, key))
            gathered.put(key, _parse(key, value) if isinstance(value, str) else value, origin)
    if gathered.values.get("storage.cache_url") is None:
        url = user_cache_dir(variables).absolute().as_uri()
        gathered.put("storage.cache_url", url, Origin("default"))
    return LoadedSettings(
        settings=gathered.validate(),
        origins={key: gathered.origins.get(key, Origin("default")) for key in KNOWN_KEYS},
        file=found,
        address=variables.get("RAYPIPE_ADDRESS") or variables.get("RAY_ADDRESS") or None,
        debug=debug_wanted(variables),
    )


@dataclass(slots=True)
class _Gathered:
    """Raw values by dotted key; a later `put` wins."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def put(self, key: str, value: Any, origin: Origin) -> None:
        self.values[key] = value
        self.origins[key] = origin

    def validate(self) -> Settings:
        tree: dict[str, dict[str, Any]] = {}
        for key, value in self.values.items():
            section, name = key.split(".")
            tree.setdefault(section, {})[name] = value
        try:
            return Settings.model_validate(tree)
        except ValidationError as error:
            raise self._explain(error) from None

    def _explain(self, error: ValidationError) -> SettingsError:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"][:2])
        origin = self.origins.get(key, Origin("default"))
        one_of_a_list = len(first["loc"]) > 2  # noqa: PLR2004 (section and name)
        arrived = first["input"] if one_of_a_list else self.values.get(key)
        return SettingsError(
            f"expected {_expectation(first['msg'])}, got {_brief(arrived)}",
            remedy=f"correct {origin.name or key} ({describe_key(key)})",
            where=_typed(key, origin),
        )


def _typed(key: str, origin: Origin) -> str:
    """Return what the user wrote to give the setting ``key``."""
    if origin.kind == "file":
        return f"{origin.name}: {key}"
    if origin.kind == "default" or origin.name == "--set":
        return key
    return origin.name


def _gather_environment(gathered: _Gathered, env: Mapping[str, str]) -> None:
    for variable in sorted(env):
        if not variable.startswith(VARIABLE_PREFIX) or variable in _OTHER_VARIABLES:
            continue
        key = VARIABLES.get(variable)
        if key is None:
            if _SERVICE_LINK.match(variable):
                continue
            _require_known(variable, (*VARIABLES, *_OTHER_VARIABLES), where="environment")
            continue
        text = env[variable].strip()
        if text:  # an empty variable is the shell's way to unset one
            gathered.put(key, _parse(key, text), Origin("environment", variable))


def _parse(key: str, text: str) -> Any:
    """Read the text of a flag or a variable: lists by commas, ``null`` where that is a value."""
    if key in _LIST_KEYS or key in _MAPPING_KEYS:
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        return _parse_mapping(key, parts) if key in _MAPPING_KEYS else parts
    return None if key in _NULLABLE_KEYS and text.lower() == "null" else text


def _parse_mapping(key: str, parts: Sequence[str]) -> dict[str, str]:
    pairs = [part.partition("=") for part in parts]
    for part, (name, mark, value) in zip(parts, pairs, strict=True):
        if not (name.strip() and mark and value.strip()):
            raise SettingsError(
                f"expected name=value, joined by commas, got {_brief(part)}",
                remedy="write for example Mara=mira.png, or narrator=joe",
                where=key,
            )
    return {name.strip(): value.strip() for name, _, value in pairs}


def _gather_file(gathered: _Gathered, path: Path) -> None:
    tree = _read_tree(path)
    where = str(path)
    if not isinstance(tree, dict) or ROOT_KEY not in tree:
        raise SettingsError(
            f"expected the one key {ROOT_KEY!r} at the top, got {_brief(tree)}",
            remedy=f"indent the settings under '{ROOT_KEY}:'",
            where=where,
        )
    for key in tree:
        _require_known(str(key), (ROOT_KEY,), where=where)
    sections = _require_mapping(tree[ROOT_KEY], where=where, under=ROOT_KEY)
    for section, content in sections.items():
        _require_known(str(section), tuple(Settings.model_fields), where=f"{where}: {ROOT_KEY}")
        for name, value in _require_mapping(content, where=where, under=str(section)).items():
            key = f"{section}.{name}"
            _require_known(key, KNOWN_KEYS, where=where)
            gathered.put(key, value, Origin("file", where))


def _require_mapping(content: Any, *, where: str, under: str) -> dict[Any, Any]:
    if content is None:  # a heading with nothing under it
        return {}
    if not isinstance(content, dict):
        raise SettingsError(
            f"expected 'name: value' lines under {under!r}, got {_brief(content)}",
            remedy=f"write one setting a line, indented under '{under}:'",
            where=where,
        )
    return content


def _read_tree(path: Path) -> Any:
    # Imported here: most runs have no settings file, and the parser takes its time to load.
    import yaml

    from raypipe._settings_yaml import SettingsLoader

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(
                f"expected at most {MAX_FILE_BYTES:,} bytes, got {path.stat().st_size:,}",
                remedy="name a raypipe settings file",
                where=str(path),
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"cannot read the settings file: {reason}",
            remedy="name a readable YAML file with --config",
            where=str(path),
        ) from error
    try:
        return yaml.load(text, Loader=SettingsLoader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1} column {mark.column + 1}" if mark else str(path)
        detail = getattr(error, "problem", None) or " ".join(str(error).split())
        raise SettingsError(
            f"not valid YAML: {detail}", remedy="mend that line", where=where
        ) from error


def _find_file(env: Mapping[str, str]) -> Path | None:
    named = env.get("RAYPIPE_CONFIG")
    if named:
        return Path(named).expanduser()
    user_file = _xdg_dir(env, "XDG_CONFIG_HOME", ".config") / "config.yaml"
    return next((path for path in (Path("raypipe.yaml"), user_file) if path.is_file()), None)


def _xdg_dir(env: Mapping[str, str], variable: str, default: str) -> Path:
    # The specification: "If [it] is either not set or empty, a default equal to $HOME/.config
    # should be used", and "a relative path should be considered invalid and ignored".
    named = Path(env.get(variable) or "")
    base = named if named.is_absolute() else Path(env.get("HOME") or "~").expanduser() / default
    return base / "raypipe"


def _require_known(key: str, known: tuple[str, ...], *, where: str) -> None:
    if key in known:
        return
    raise SettingsError(f"unknown setting {key!r}", remedy=nearest_key(key, known), where=where)


_BETTER_SAID = (
    (re.compile(r"^a valid number,.*"), "a number"),
    (re.compile(r"^a valid integer,.*"), "a whole number"),
    (re.compile(r"^a valid boolean,.*"), "yes or no"),
    (re.compile(r"^greater than or equal to "), "at least "),
    (re.compile(r"^less than or equal to "), "at most "),
    (re.compile(r"^(greater|less) than "), r"a value \1 than "),
    (re.compile(r"^String should match pattern '\^#.*"), "a colour as #rrggbb"),
    (re.compile(r"^String should match pattern '\^\[a-z\].*"), "a language tag"),
)


def _expectation(message: str) -> str:
    """Turn pydantic's "Input should be ..." into what follows "expected"."""
    text = message.removeprefix("Input should be ").removeprefix("Value error, ")
    for pattern, better in _BETTER_SAID:
        text = pattern.sub(better, text)
    return text


def _brief(value: object) -> str:
    return shorten(repr(value), 60, placeholder=" ...")
