"""Settings and their painters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from raypipe.images.storybook.grounds import (
    castle,
    city,
    fields,
    harsh,
    rooms,
    ruins,
    settled,
    water,
    wild,
)
from raypipe.images.storybook.stage import Stage

Painter = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """One setting: what is painted behind the figures, and what in front of them."""

    back: Painter
    front: Painter


GROUNDS: dict[str, Ground] = {
    "indoors": Ground(rooms.indoors_back, rooms.indoors_front),
    "forest": Ground(wild.forest_back, wild.forest_front),
    "sea": Ground(water.sea_back, water.sea_front),
    "shore": Ground(water.shore_back, water.shore_front),
    "river": Ground(water.river_back, water.river_front),
    "desert": Ground(harsh.desert_back, harsh.desert_front),
    "city": Ground(city.city_back, city.city_front),
    "village": Ground(settled.village_back, settled.village_front),
    "mountain": Ground(harsh.mountain_back, harsh.mountain_front),
    "snow": Ground(harsh.snow_back, harsh.snow_front),
    "field": Ground(fields.field_back, fields.field_front),
    "garden": Ground(settled.garden_back, settled.garden_front),
    "cave": Ground(wild.cave_back, wild.cave_front),
    "ruins": Ground(ruins.ruins_back, ruins.ruins_front),
    "castle": Ground(castle.castle_back, castle.castle_front),
    "road": Ground(settled.road_back, settled.road_front),
    "sky": Ground(water.sky_back, water.sky_front),
    "space": Ground(wild.space_back, wild.space_front),
    "underwater": Ground(water.underwater_back, water.underwater_front),
}


def ground_of(setting: str) -> Ground:
    """Return the painters of a setting; an unknown one is a field."""
    return GROUNDS.get(setting, GROUNDS["field"])
