"""An ImageGenerator without AI, key or network: a drawing computed from the prompt's words.

==========  ===================================================================
_palette    words to colours and the light of a time of day
_canvas     paper and brushes
_sky        air, sun, clouds, stars, birds
_figures    silhouettes: somebody, a boat, a house, a tree
_water      the sea; mirrors
_land       mountains, dunes, somebody on a hill
_forest     trunks in the mist
_built      a city, a still life
_abstract   tiles, streams, a planet
_garden     flowers on paper
==========  ===================================================================

The words choose scene and colours, the seed everything else. The prompt itself is not drawn. It
is deliberately pleasant to look at, and says in its metadata that it is no work of an AI.
"""

import hashlib
import io
import random
from collections.abc import Callable, Mapping, Sequence

from promptpress.adapters.sketch._abstract import draw_space, draw_streams, draw_tiles
from promptpress.adapters.sketch._built import draw_city, draw_still_life
from promptpress.adapters.sketch._canvas import Canvas
from promptpress.adapters.sketch._figures import ANIMALS, PEOPLE
from promptpress.adapters.sketch._forest import draw_forest
from promptpress.adapters.sketch._garden import draw_garden
from promptpress.adapters.sketch._land import draw_dunes, draw_mountains, draw_watchers
from promptpress.adapters.sketch._palette import choose_palette, read_words
from promptpress.adapters.sketch._water import draw_sea
from promptpress.errors import InvalidPost
from promptpress.orders import MAX_SIDE, MIN_SIDE
from promptpress.ports import Generated, Generation, ImageRequest
from promptpress.wording import xmp_packet

MARK = "sketch, not AI"
"""Stands in the metadata of every drawing."""
SOURCE = "algorithmicMedia"
"""IPTC: created purely by an algorithm not based on any sampled training data."""
QUALITY = 90
"""Of the JPEG: about 0.5 MB at 1024 × 1024."""

Scene = Callable[[Canvas, Sequence[str]], None]
_SCENES: Mapping[str, tuple[Scene, str]] = {
    "city": (
        draw_city,
        "city cityscape town street building buildings tower towers skyline house castle bridge car"
        " cars bus"
        " traffic road york paris london tokyo downtown sidewalk window church cathedral train"
        " airplane plane kremlin opera eiffel highway shop store",
    ),
    "dunes": (
        draw_dunes,
        "desert dune dunes sand camel egypt pyramid pyramids sphinx cactus sahara mars canyon",
    ),
    "forest": (
        draw_forest,
        "forest wood woods tree trees jungle deer fairy mushroom bush path park fog owl bamboo"
        " squirrel raccoon",
    ),
    "garden": (
        draw_garden,
        "flower flowers garden rose roses tulip sunflower leaf leaves plant petals blossom orchid"
        " lily lilies butterfly bee grass spring bouquet daisy parsley avocado palm vegetable",
    ),
    "mountains": (
        draw_mountains,
        "mountain mountains hill hills volcano valley snow glacier cliff lake alps canyon peak"
        " waterfall landscape village cabin horizon view",
    ),
    "sea": (
        draw_sea,
        "sea ocean beach wave waves water island boat ship sail sailing lighthouse fish whale shark"
        " dolphin river raft coast shore harbor turtle swim pool surf octopus submarine storm",
    ),
    "space": (
        draw_space,
        "space planet planets galaxy rocket spaceship astronaut alien universe cosmos star stars"
        " earth saturn robot robots orbit satellite future time dimensional",
    ),
    "still life": (
        draw_still_life,
        "cup coffee espresso tea teapot bottle wine glass bowl vase jar plate table soup bread"
        " fruit apple banana bananas orange pear lemon cocktail food cake kitchen juice jug carafe"
        " napkin walnut pizza sushi toast",
    ),
    "streams": (
        draw_streams,
        "wind music energy chaos dream love peace freedom thought inspiration infinity emotion flow"
        " hair painting swirl swirls abstract life inertia bias violin piano guitar harp song dance"
        " fiddle tuba",
    ),
    "tiles": (
        draw_tiles,
        "circle circles square squares triangle cube cubes shape shapes pattern geometric line"
        " lines sign logo words word text letters saying mosaic diamond hexagon concentric checkers"
        " chess element molecule bond number lego",
    ),
    "watchers": (draw_watchers, " ".join((*ANIMALS, *sorted(PEOPLE)))),
}  # fmt: skip


def _build_seed(request: ImageRequest) -> int:
    """Return the seed asked for, or one made of everything else that was asked."""
    if request.seed is not None:
        return request.seed
    wish = "\0".join((request.prompt, request.style, request.negative_prompt, request.model))
    return int.from_bytes(hashlib.sha256(wish.encode("utf-8", "replace")).digest()[:4])


def _choose_scene(words: Sequence[str], rng: random.Random) -> Scene:
    """Return the scene that the words name most often, of several the first; else any."""
    named = {name: [w in listed.split() for w in words] for name, (_, listed) in _SCENES.items()}
    most = max(sum(hits) for hits in named.values())
    if not most:
        return _SCENES[rng.choice(list(_SCENES))][0]
    best = [name for name, hits in named.items() if sum(hits) == most]
    return _SCENES[min(best, key=lambda name: named[name].index(True))][0]


def _draw(request: ImageRequest, seed: int) -> bytes:
    """Return the drawing as a JPEG; the same request and seed always give the same bytes."""
    digest = hashlib.sha256(f"{seed}\0{request.prompt}\0{request.style}".encode("utf-8", "replace"))
    rng = random.Random(digest.digest())  # noqa: S311  for beauty, not for secrets
    words = read_words(f"{request.prompt} {request.style}")
    canvas = Canvas(request.width, request.height, choose_palette(words, rng), rng)
    _choose_scene(words, rng)(canvas, words)
    file = io.BytesIO()
    packet = xmp_packet(SOURCE, MARK).encode()
    canvas.finish().save(
        file, "JPEG", quality=QUALITY, subsampling="4:4:4", comment=MARK.encode(), xmp=packet
    )
    return file.getvalue()


class SketchGenerator:
    """Draws at once, for nothing; an ImageGenerator."""

    name = "sketch"

    def check(self) -> None:
        """Return: there is nothing that could be missing."""

    def submit(self, request: ImageRequest) -> Generation:
        """Return the drawings; of several, each has the next seed.

        Raises:
            InvalidPost: a side is not between 64 and 4096 pixels.
        """
        if not all(MIN_SIDE <= side <= MAX_SIDE for side in (request.width, request.height)):
            raise InvalidPost(
                f"{request.width} × {request.height} pixels cannot be drawn: "
                f"choose sides between {MIN_SIDE} and {MAX_SIDE}",
                self.name,
            )
        first = _build_seed(request)
        return Generation(
            pictures=tuple(
                Generated(
                    content=_draw(request, seed), model="sketch", seed=seed, cost=0.0, source=SOURCE
                )
                for seed in range(first, first + max(1, request.count))
            )
        )

    def collect(self, job: str) -> Generation:
        """Raise InvalidPost: a drawing is there at once and never leaves a job behind."""
        raise InvalidPost(f"there is no job {job!r}: retry the post", self.name)
