"""Whether a picture may be shown: the model's own checker, or one that the user installs.

A check is any callable that takes pictures, uint8 (h, w, 3) RGB, and says of each whether it is to
be thrown away. A package offers one as an entry point, so that it is found by name on each node::

    [project.entry-points."raypipe.picture_checks"]
    family-friendly = "my_package.checks:reject_nudity"

A picture that is thrown away is drawn again with other seeds, `RESEEDS` times; then the request
fails for good, and the scene gets a card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points

from raypipe.errors import EngineUnavailableError
from raypipe.images.engine import type_uint8

GROUP = "raypipe.picture_checks"
RESEEDS = 2
"""How often a rejected picture is drawn anew. A prompt that fails three times is the reason."""
PictureCheck = Callable[[Sequence[type_uint8]], Sequence[bool]]


def find_check(name: str) -> PictureCheck | None:
    """Return the check of this name; None for ``auto`` and ``off``.

    Raises:
        EngineUnavailableError: no installed package offers it, or it cannot be imported.
    """
    if name in ("auto", "off"):
        return None
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        raise EngineUnavailableError(
            f"expected a picture check that a package offers as {GROUP}, found none called "
            f"{name!r}; installed are: {', '.join(sorted(found)) or 'none'}",
            remedy="install its package on every node that draws, or choose auto or off",
            where="safety",
        )
    try:
        check = found[name].load()
    except (ImportError, AttributeError) as error:
        raise EngineUnavailableError(
            f"the picture check {name!r} ({found[name].value}) cannot be imported: {error}",
            remedy="repair its package",
            where="safety",
        ) from error
    if not callable(check):
        raise EngineUnavailableError(
            f"expected {found[name].value} to be a function of pictures, got "
            f"{type(check).__name__}",
            where="safety",
        )
    chosen: PictureCheck = check
    return chosen
