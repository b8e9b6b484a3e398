"""What grows and stands in landscapes, painted straight on the canvas.

Every painter takes the foot (x, y) and the height in pixels, and the depth that fades it.
"""
