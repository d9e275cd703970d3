"""Let a still picture move: a slow pan and zoom, one frame after the other.

A picture is brought into the colours of video once, and every frame is cut out of its three planes:
that takes a third of the time of cutting colours and converting each frame. Imported when a reel is
made: it loads PyAV.
"""

from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image

ZOOM = 1.1
"""How much larger a picture is at one end of its time than at the other: more cuts text off."""
_AIMS = (
    (0.5, 0.25, True),
    (0.5, 0.75, False),
    (0.75, 0.5, True),
    (0.25, 0.5, False),
    (0.5, 0.75, True),
    (0.5, 0.25, False),
    (0.25, 0.5, True),
    (0.75, 0.5, False),
)
"""Where the zoom goes to or comes from, as shares of the room there is; True: into the picture.
Neighbours differ in both."""

Planes = tuple[Image.Image, Image.Image, Image.Image]


@dataclass(frozen=True)
class Still:
    """A picture in three planes, a little larger than the frames cut out of it, and its time."""

    planes: Planes
    aim: tuple[float, float, bool]
    begin: int
    """Number of the first frame that shows it."""
    end: int
    """Number of the first frame that does not show it any more."""

    def at(self, frame: int, size: tuple[int, int]) -> Planes:
        """Return the frame of that number."""
        across, down, inward = self.aim
        gone = (frame - self.begin) / max(1, self.end - 1 - self.begin)
        near = gone if inward else 1 - gone
        whole = self.planes[0].size
        room = whole[0] - whole[0] / ZOOM, whole[1] - whole[1] / ZOOM
        box = (
            room[0] * near * across,
            room[1] * near * down,
            whole[0] - room[0] * near * (1 - across),
            whole[1] - room[1] * near * (1 - down),
        )
        half = tuple(side / 2 for side in box)
        small = size[0] // 2, size[1] // 2
        light, blue, red = self.planes
        return _cut(light, size, box), _cut(blue, small, half), _cut(red, small, half)


def base_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return how large a picture must be that frames of this size are cut out of; even sides."""
    return round(size[0] * ZOOM / 2) * 2, round(size[1] * ZOOM / 2) * 2


def still(image: Image.Image, way: int, begin: int, end: int) -> Still:
    """Return an RGB picture of a base size as planes.

    Args:
        image: the picture.
        way: decides where it moves to.
        begin: number of the first frame that shows it.
        end: number of the frame after the last.
    """
    made: VideoFrame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV forgot it
    frame = made.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation="BICUBIC",
    )
    planes = [
        Image.frombuffer(
            "L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size, 1
        )
        for plane in frame.planes
    ]
    aim = _AIMS[way % len(_AIMS)]
    return Still((planes[0], planes[1], planes[2]), aim, begin, end)


def blend(one: Planes, other: Planes, share: float) -> Planes:
    """Return a mixture of two frames; a share of 1 is the other alone."""
    mixed = [Image.blend(a, b, share) for a, b in zip(one, other, strict=True)]
    return mixed[0], mixed[1], mixed[2]


def to_frame(planes: Planes, number: int, pace: Fraction) -> VideoFrame:
    """Return planes as the frame of that number."""
    frame = VideoFrame(*planes[0].size, "yuv420p")
    for image, plane in zip(planes, frame.planes, strict=True):
        plane.update(image.tobytes("raw", "L", plane.line_size, 1))
    frame.pts, frame.time_base = number, 1 / pace
    return frame


def colours() -> dict[str, int]:
    """Return what the encoder has to say about the colours of these frames: ITU-R BT.709."""
    return {
        "colorspace": int(Colorspace.ITU709),
        "color_primaries": int(ColorPrimaries.BT709),
        "color_trc": int(ColorTrc.BT709),
        "color_range": int(ColorRange.MPEG),
    }


def _cut(plane: Image.Image, size: tuple[int, int], box: tuple[float, ...]) -> Image.Image:
    left, top, right, bottom = box
    # Between pixels too: whole ones would make a slow movement tremble.
    return plane.resize(size, Image.Resampling.BICUBIC, box=(left, top, right, bottom))
