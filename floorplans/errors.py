"""What can go wrong with a drawing.

FloorPlanError            base: the drawing cannot be used; the message names file, place and way out
├── UnsupportedFileError  no reader for this suffix, or the extra it needs is not installed
├── MissingScaleError     the file does not say what a unit is, and nobody gave a scale
└── GeometryError         read, but not a building: nothing enclosed, NaN, zero-length walls
"""


class FloorPlanError(Exception):
    """A drawing that cannot be used."""

    exit_code = 2


class UnsupportedFileError(FloorPlanError):
    """No reader for this kind of file."""


class MissingScaleError(FloorPlanError):
    """The drawing has no unit and none was given."""


class GeometryError(FloorPlanError):
    """The shapes do not make a building."""
