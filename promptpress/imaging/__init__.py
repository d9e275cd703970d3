"""Pictures, bytes to bytes: no file, no network, no clock; the same input gives the same bytes.

==========  ==============================================================
inspect     bytes from anywhere to a whole picture, or a typed refusal
render      a picture in the shape that a channel takes, labelled
resize      a smaller copy of a picture, as a page needs it
read_source what a picture says made it
suffix      the end of a file's name
mime        the media type
==========  ==============================================================

`_look` opens and judges, `_label` reads and writes the mark inside the bytes, `_fit` changes
pixels.
"""

from promptpress.imaging._fit import render, resize
from promptpress.imaging._label import read_source
from promptpress.imaging._look import inspect, mime, suffix

__all__ = ["inspect", "mime", "read_source", "render", "resize", "suffix"]
