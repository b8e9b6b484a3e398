"""What people do, in words, and the pose that shows it.

Plans give actions in English, whatever the story's language: "lifting the glowing crystal",
"run". Only an action that begins with its verb is the character's own; "the doors closing" is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_STEMS: tuple[tuple[str, str], ...] = (
    ("run", "run|ran|flee|fled|chas|escap|rush|hurr|rac|dash|sprint|gallop"),
    ("leap", "jump|leap|hop|spring|sprang|danc|skip"),
    ("fly", "fly|flew|float|soar|swim|swam|div"),
    ("attack", ("attack|fight|fought|strik|struck|defeat|kill|slay|slew|hunt|hit|destroy|"
               "stab|devour")),
    ("raise", "lift|rais|hoist|wav|throw|threw|cheer|celebrat|triumph"),
    ("shout", "shout|yell|scream|call|sing|sang|howl|cry out|crying out|cried|bark|roar|warn"),
    ("plead", "beg|plead|pray|implor|surrender"),
    ("laugh", "laugh|mock|giggl|teas"),
    ("weep", "weep|wept|sob|mourn|griev|cry"),
    ("crouch", "hid|crouch|sneak|crept|creep|spy|stalk"),
    ("cower", "fear|tremb|cower|shiver|fall|fell|stumbl"),
    ("kneel", "kneel|knelt|wash|dig|dug|plant|search|bury"),
    ("stoop", "bow|gather|pick|collect|stoop|bend|bent|sweep"),
    ("point", "point|show|command|order|direct|guid|declar|announc"),
    ("reach", ("reach|cut|chop|discover|find|found|touch|open|grab|catch|caught|stretch|rescu|sav|"
              "steal|stole|greet|help")),
    ("hold", "hold|held|carr|bring|brought|giv|gave|offer|tak|took|keep|kept|bear"),
    ("sit", "sit|sat|rest|eat|ate|drink|drank|read|sleep|slept|wait|dream|sail|rode|rid|row|writ"),
    ("walk", ("walk|go|went|follow|return|leav|left|travel|came|come|climb|journey|march|wander|"
             "arriv|enter|approach|depart|set out|setting out|head|lead|led|turn")),
    ("stand", ("stand|stood|watch|look|see|saw|liv|say|said|tell|told|meet|met|listen|speak|spoke|"
              "ask|think|thought|whisper|notic")),
)  # fmt: skip
"""Poses with the stems of their verbs, the most vivid first."""

_RANK = {pose: rank for rank, (pose, _) in enumerate(_STEMS)}
_ENDING = r"(?:e|s|es|ed|en|y|ies|ied|ying|ing|[bdglmnprt](?:ing|ed))?\b"
_PATTERNS = tuple((pose, re.compile(rf"(?:{stems}){_ENDING}")) for pose, stems in _STEMS)
_HIGH = re.compile(r"\b(high|aloft|up|above)\b")


def pose_for(actions: Sequence[str], *, without: Sequence[str] = ()) -> str | None:
    """Return the most vivid pose among a character's own actions, or None; ``without`` some."""
    told = [pose for action in actions if (pose := _pose_of(action.lower().strip()))]
    found = [pose for pose in told if pose not in without]
    return min(found, key=_RANK.__getitem__, default=None)


def pose_in_text(text: str) -> str | None:
    """Return the most vivid pose among the verbs of an English text, or None."""
    words = re.findall(r"[a-z]+", text.lower())
    found = [pose for word in words if (pose := _pose_of(word))]
    return min(found, key=_RANK.__getitem__, default=None)


def _pose_of(told: str) -> str | None:
    if told.startswith(("holding", "hold ", "held")) and _HIGH.search(told):
        return "raise"
    for pose, pattern in _PATTERNS:
        if pattern.match(told):
            return pose
    return None
