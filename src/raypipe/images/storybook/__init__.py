"""The embedded image engine: scenes composed and printed in a few inks, without any weights.

The way of a picture: `composition.compose` decides shot, camera and placements (pure data);
`engine.StorybookEngine` then paints sky, ground, placements back to front and foreground on a
`canvas.Canvas`, and `texture.finish` pulls the print.
"""
