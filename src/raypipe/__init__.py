"""raypipe: a written story becomes a narrated, captioned, platform-ready video."""

__version__ = "0.1.0"
