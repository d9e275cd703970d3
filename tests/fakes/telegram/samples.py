"""The smallest true video there is."""

import io
from functools import cache

import av
from PIL import Image


@cache
def mp4(width: int = 64, height: int = 48, frames: int = 10, kind: str = "mp4") -> bytes:
    """Return a silent H.264 video, ten frames to the second."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            shade = Image.new("RGB", (width, height), (20 * number % 256, 128, 128))
            frame = av.VideoFrame.from_image(shade)  # type: ignore[no-untyped-call]  # av has none
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()
