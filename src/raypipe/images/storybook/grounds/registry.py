"""Settings and their painters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from raypipe.images.storybook.grounds import castle, city, land, rooms, ruins, water, wild
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
    "desert": Ground(land.desert_back, land.desert_front),
    "city": Ground(city.city_back, city.city_front),
    "village": Ground(land.village_back, land.village_front),
    "mountain": Ground(land.mountain_back, land.mountain_front),
    "snow": Ground(land.snow_back, land.snow_front),
    "field": Ground(land.field_back, land.field_front),
    "garden": Ground(land.garden_back, land.garden_front),
    "cave": Ground(wild.cave_back, wild.cave_front),
    "ruins": Ground(ruins.ruins_back, ruins.ruins_front),
    "castle": Ground(castle.castle_back, castle.castle_front),
    "road": Ground(land.road_back, land.road_front),
    "sky": Ground(water.sky_back, water.sky_front),
    "space": Ground(wild.space_back, wild.space_front),
    "underwater": Ground(water.underwater_back, water.underwater_front),
}


def ground_of(setting: str) -> Ground:
    """Return the painters of a setting; an unknown one is a field."""
    return GROUNDS.get(setting, GROUNDS["field"])
