"""Image engines by name, and the choice among those that this machine can run."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from raypipe.choice import Choice
from raypipe.engine_name import join_options, split_options
from raypipe.errors import EngineUnavailableError, SettingsError
from raypipe.images.engine import ImageEngine
from raypipe.settings import ImageSettings

_KINDS = "storybook, card, diffusers:<hub id or folder>, auto"
_DIFFUSERS = "diffusers:"


def image_engine_name(settings: ImageSettings) -> str:
    """Return the name of the engine that the settings ask for, with its options in it.

    Raises:
        SettingsError: an option of a diffusers engine is out of its range.
    """
    kind, own = split_options(settings.engine)
    if kind != "auto" and not _is_diffusers(kind):
        return settings.engine
    name = join_options(settings.engine, settings.diffusion_options())
    from raypipe.images.diffusion.options import DiffusionOptions

    DiffusionOptions.parse((*own, *split_options(name)[1]))
    return name


def open_image_engine(name: str) -> ImageEngine:
    """Open the engine called ``name``, warm.

    Args:
        name: ``storybook``, ``card``, ``diffusers:<hub id or folder>[?options]`` or ``auto``.

    Raises:
        SettingsError: there is no engine of this name.
        EngineUnavailableError: its package, weights or device are missing.
    """
    if split_options(name)[0] == "auto":
        return open_image_engine(choose_image_engine(name).name)
    if name == "storybook":
        from raypipe.images.storybook.engine import StorybookEngine

        return StorybookEngine()
    if name == "card":
        from raypipe.images.card import CardEngine

        return CardEngine()
    if _is_diffusers(name):
        from raypipe.images.diffusers_engine import DiffusersEngine

        return DiffusersEngine(name)
    raise _unknown(name)


def choose_image_engine(wanted: str, *, roots: Sequence[Path] = ()) -> Choice:
    """Say which engine draws here; loads none of them.

    Args:
        wanted: the name of an engine, which is taken as it is, or ``auto``: Stable Diffusion
            where its weights and a GPU are at hand (with the options of ``auto?...``), else
            ``storybook``.
        roots: folders searched for weights before the hub cache, ``storage.models_dirs``.

    Returns:
        The choice, with the reason, and what was passed over.

    Raises:
        SettingsError: there is no engine of the wanted name.
    """
    if wanted in ("storybook", "card") or _is_diffusers(wanted):
        return Choice(wanted, "asked for in the settings")
    kind, options = split_options(wanted)
    if kind != "auto":
        raise _unknown(wanted)
    name, obstacle = _weigh_diffusers(roots)
    if not obstacle:
        name = join_options(name, options)
        return Choice(name, "Stable Diffusion weights and a GPU are on this machine")
    return Choice(
        "storybook",
        "embedded picture-book prints, drawn without weights or a GPU",
        ((name, obstacle),),
    )


def _is_diffusers(name: str) -> bool:
    return name.startswith(_DIFFUSERS) and len(name) > len(_DIFFUSERS)


def _weigh_diffusers(roots: Sequence[Path]) -> tuple[str, str]:
    """Return the best ``diffusers:`` name and why it cannot be taken, empty if it can."""
    missing = [module for module in ("diffusers", "torch") if find_spec(module) is None]
    if missing:
        return "diffusers", f"not installed: {', '.join(missing)} (pip install 'raypipe[models]')"
    from raypipe.weights import find_image_weights

    found = find_image_weights(roots)
    if not found:
        return "diffusers", "no text-to-image weights were found on this machine"
    best = found[0]
    if best.problem:
        return best.name, best.problem
    # Torch takes seconds to import, so it is asked last, and only where there are weights.
    from raypipe.device import find_device

    try:
        device = find_device("auto")
    except EngineUnavailableError as error:
        return best.name, error.problem
    if device == "cpu":
        return best.name, "torch sees no GPU, and on a CPU one picture takes minutes"
    return best.name, ""


def _unknown(name: str) -> SettingsError:
    return SettingsError(
        f"expected an image engine ({_KINDS}), got {name!r}",
        remedy="choose one of these; `raypipe doctor` says which run here",
        where="images",
    )
