"""Write MP4 as services want it: H.264 and AAC, the index in front, no edit lists.

Imported when a video is made, as `_footage`. One thread per encoder, and no word of when or by
which version it was made: the same input gives the same bytes.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from promptpress.errors import BadPicture
from promptpress.imaging._footage import Footage, opened, picture_stream, sound_streams

SOUND_RATE = 48_000
SOUND_BITS = 128_000
"""Of sound per second, as Instagram takes it at the most."""
KEY_SECONDS = 2
"""How far apart the pictures stand that a player can jump to."""
_COLOURS = ("colorspace", "color_primaries", "color_trc", "color_range")
_TURNS = {90: ("clock",), 180: ("clock", "clock"), 270: ("cclock",)}


class _Reader:
    """A second view of a growing file, with a place of its own: the index is moved with it."""

    def __init__(self, file: io.BytesIO) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int) -> bytes:
        with self._file.getbuffer() as view:
            piece = bytes(view[self._at : self._at + size])
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._file.getbuffer() as view:
            self._at = (0, self._at, len(view))[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """Leave the file to its owner."""


@contextmanager
def new_file(file: io.BytesIO, comment: str = "") -> Iterator[OutputContainer]:
    """Give an MP4 to write into; it is whole in `file` when the block ends."""
    options = {
        "movflags": "+faststart+negative_cts_offsets",
        "use_editlist": "0",
        "fflags": "+bitexact",
    }
    with av.open(
        file, "w", format="mp4", container_options=options, io_open=lambda *_: _Reader(file)
    ) as out:
        if comment:
            out.metadata["comment"] = comment
        yield out


def add_pictures(
    out: OutputContainer, size: tuple[int, int], rate: Fraction, *, bits: int
) -> VideoStream:
    """Return a new stream of H.264.

    Args:
        out: the file.
        size: width and height in pixels, both even.
        rate: pictures per second.
        bits: per second at the most; what is easy to code takes fewer.
    """
    options = {
        "preset": "veryfast",
        "profile": "high",
        "crf": "20",
        "maxrate": str(bits),
        "bufsize": str(bits),
        # Else it weighs pictures with what happens to lie in memory: other bytes each time.
        "x264-params": "cpu-independent=1",
    }
    stream = out.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1
    stream.codec_context.gop_size = max(1, round(rate * KEY_SECONDS))
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    return stream


def add_sound(out: OutputContainer) -> AudioStream:
    """Return a new stream of AAC: 48 kHz, stereo."""
    stream = out.add_stream("aac", rate=SOUND_RATE)
    stream.layout = "stereo"
    stream.bit_rate = SOUND_BITS
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    return stream


def repack(content: bytes, comment: str = "") -> bytes:
    """Return the same pictures and sound, not coded anew, in an MP4 with its index in front.

    Raises:
        BadPicture: it cannot be read, or its streams cannot lie in an MP4.
    """
    file = io.BytesIO()
    with opened(content) as container, new_file(file, comment) as out:
        streams = [picture_stream(container), *sound_streams(container)]
        copies = {stream.index: out.add_stream_from_template(stream) for stream in streams}
        for packet in container.demux(streams):
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                out.mux(packet)
    return file.getvalue()


def encode(
    content: bytes,
    footage: Footage,
    size: tuple[int, int],
    rate: Fraction,
    *,
    bits: int,
    comment: str = "",
) -> bytes:
    """Return the video coded anew: upright, in this size and at this rate.

    Args:
        content: the video.
        footage: what it is.
        size: width and height in pixels, both even.
        rate: pictures per second.
        bits: of pictures per second at the most.
        comment: kept in the file.

    Raises:
        BadPicture: it cannot be decoded to its end.
    """
    file = io.BytesIO()
    with opened(content) as container, new_file(file, comment) as out:
        source = picture_stream(container)
        pictures = add_pictures(out, size, rate, bits=bits)
        heard = sound_streams(container)
        sound = add_sound(out) if heard else None
        graph = _way(source, footage.turn, size, rate)
        for packet in container.demux([source, *heard]):
            if packet.stream is source:
                for frame in source.codec_context.decode(packet):
                    _pass_on(graph, frame, pictures, out)
            elif sound is not None:
                for heard_frame in heard[0].codec_context.decode(packet):
                    out.mux(sound.encode(heard_frame))
        _pass_on(graph, None, pictures, out)
        out.mux(pictures.encode(None))
        if sound is not None:
            out.mux(sound.encode(None))
    if not file.getvalue():
        raise BadPicture("none of a video's pictures can be read: retry the post")
    return file.getvalue()


def _way(source: VideoStream, turn: int, size: tuple[int, int], rate: Fraction) -> Graph:
    """Return what every picture goes through: upright, to size, square pixels, an even pace."""
    graph = Graph()
    steps = [graph.add_buffer(template=source)]
    steps += [graph.add("transpose", f"dir={direction}") for direction in _TURNS.get(turn, ())]
    steps += [
        graph.add("scale", f"w={size[0]}:h={size[1]}:flags=bicubic+accurate_rnd:out_range=tv"),
        graph.add("setsar", "1"),
        graph.add("fps", f"fps={rate.numerator}/{rate.denominator}"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph


def _pass_on(
    graph: Graph, frame: VideoFrame | None, pictures: VideoStream, out: OutputContainer
) -> None:
    """Send a picture its way, and write what comes out at the other end; None is the end."""
    graph.vpush(frame)
    while True:
        try:
            made = graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
        made.pict_type = 0  # the encoder decides anew
        if not pictures.codec_context.is_open:
            for name in _COLOURS:
                setattr(pictures.codec_context, name, getattr(made, name))
        out.mux(pictures.encode(made))
