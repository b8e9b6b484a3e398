"""What each voice of a cast says in the scenes of a plan."""

from __future__ import annotations

from raypipe.speech.cast import CastLine, Part, VoiceCast, share_out
from raypipe.story.dialogue import Person, find_lines
from raypipe.story.plan import StoryPlan


def scene_parts(plan: StoryPlan, index: int, cast: VoiceCast) -> tuple[Part, ...]:
    """Return what each voice says of scene ``index``; one part where only the narrator speaks.

    People are those of the plan, the scene's own first, and those whom the cast names.
    """
    text = plan.audio_script.segments[index].text
    if not cast.names():
        return (Part(0, len(text)),)
    here = [Person(each.name, each.kind) for each in plan.scenes[index].characters]
    others = [Person(each.name, each.kind) for scene in plan.scenes for each in scene.characters]
    kinds = {each.name: each.kind for each in (*others, *here)}
    # Kinds are written in small letters; scripts without them have names only.
    others += [Person(name) for name in cast.names() if not name.islower()]
    lines: list[CastLine] = []
    for line in find_lines(text, plan.language, here=here, others=others):
        if line.speaker is None:
            continue
        voice = cast.voice_of(line.speaker, kinds.get(line.speaker, ""), plan.genre)
        if voice is not None:
            lines.append(CastLine(line.start, line.end, line.speaker, voice))
    return share_out(text, plan.language, tuple(lines)) or (Part(0, len(text)),)
