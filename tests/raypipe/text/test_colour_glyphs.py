import io

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables import sbixGlyph, sbixStrike
from PIL import Image

from raypipe.text.draw import draw_block
from raypipe.text.fonts import cjk_face, emoji_face, find_face
from raypipe.text.shaping import Paragraph, Typeface
from raypipe.timeline.model import TextStyle

SMILE, WOMAN, ROCKET, TONE = "\U0001f600", "\U0001f469", "\U0001f680", "\U0001f3fd"
ASTRONAUT = WOMAN + "\u200d" + ROCKET
RED, BLUE = (255, 0, 0), (0, 0, 255)
GLYPHS = [".notdef", "smile", "woman", "rocket", "zwj", "tone", "astronaut", "dark", "layer"]
LIGATURES = """
languagesystem DFLT dflt;
feature ccmp { sub woman zwj rocket by astronaut; sub woman tone by dark; } ccmp;
"""


def square():
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 800), (1000, 800), (1000, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def build(path, *, layers):
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(GLYPHS)
    builder.setupCharacterMap(
        {
            ord(SMILE): "smile",
            ord(WOMAN): "woman",
            ord(ROCKET): "rocket",
            0x200D: "zwj",
            ord(TONE): "tone",
        }
    )
    builder.setupGlyf({name: square() for name in GLYPHS})
    builder.setupHorizontalMetrics(dict.fromkeys(GLYPHS, (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable({"familyName": "Test Emoji", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.addOpenTypeFeatures(LIGATURES)
    if layers:
        names = ("smile", "woman", "rocket", "tone")
        coloured = {name: [("layer", 0)] for name in names}
        coloured |= {"astronaut": [("layer", 1)], "dark": [("layer", 1)]}
        builder.setupCOLR(coloured)
        builder.setupCPAL([[(1, 0, 0, 1), (0, 0, 1, 1)]])
    else:
        builder.font["sbix"] = strikes()
    builder.save(path)
    return str(path)


def strikes():
    from fontTools.ttLib import newTable

    table = newTable("sbix")
    strike = sbixStrike.Strike(ppem=100, resolution=72)
    for name in GLYPHS:
        picture = io.BytesIO()
        colour = BLUE if name in ("astronaut", "dark") else RED
        Image.new("RGBA", (100, 80), (*colour, 255)).save(picture, "PNG")
        glyph = sbixGlyph.Glyph(
            glyphName=name, graphicType="png ", imageData=picture.getvalue(),
            originOffsetX=0, originOffsetY=0,
        )  # fmt: skip
        strike.glyphs[name] = glyph
    table.strikes = {100: strike}
    table.version, table.flags, table.numStrikes = 1, 1, 1
    return table


@pytest.fixture(scope="module", params=["layers", "strikes"])
def font(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("fonts") / f"{request.param}.ttf"
    return build(path, layers=request.param == "layers")


def solid(block, colour):
    near = np.abs(block[..., :3].astype(int) - np.array(colour)).max(axis=2) < 12
    return int((near & (block[..., 3] > 240)).sum())


def draw(text, font, **style):
    options = TextStyle(size_px=64, emoji_font=font, **style)
    return draw_block(text, max_width_px=800, size_px=64, style=options)


def test_emoji_keep_their_own_colours_beside_white_letters(font):
    block = draw(f"Hi {SMILE}", font)

    assert solid(block, RED) > 0.9 * 64 * 51
    assert solid(block, (255, 255, 255)) > 300
    assert solid(draw(f"Hi {SMILE}", ""), RED) == 0


def test_emoji_are_outlined_like_the_letters(font):
    block = draw(SMILE, font, outline_colour=(0, 90, 0), shadow=False)
    columns = np.flatnonzero((block[..., 3] > 127).any(axis=0))

    assert solid(block, (0, 90, 0)) > 4 * (64 + 51)
    assert columns[-1] - columns[0] + 1 == pytest.approx(64 + 2 * 4, abs=2)


@pytest.mark.parametrize("sequence", [ASTRONAUT, WOMAN + TONE])
def test_a_sequence_is_one_emoji(sequence, font):
    line = Paragraph(sequence, Typeface("sans", 64, "bold", "en", font)).shape(0, len(sequence))
    block = draw(sequence, font)

    assert len(line.glyphs) == 1
    assert solid(block, BLUE) > 0.9 * 64 * 51
    assert solid(block, RED) == 0


def test_text_is_never_taken_from_the_emoji_font(font):
    face = emoji_face(font)

    assert find_face("a", script="Latn", cjk=cjk_face("en"), emoji=face) != face
    assert find_face(SMILE + "\ufe0e", script="Zyyy", cjk=cjk_face("en"), emoji=face) != face
    assert find_face(SMILE, script="Zyyy", cjk=cjk_face("en"), emoji=face) == face


def test_a_missing_or_colourless_emoji_font_leaves_the_outlines(tmp_path):
    plain = find_face("a", script="Latn", cjk=cjk_face("en"))

    assert emoji_face(str(tmp_path / "gone.ttf")) is None
    assert emoji_face(str(plain.path)) is None
    assert np.array_equal(draw(SMILE, str(tmp_path / "gone.ttf")), draw(SMILE, ""))
