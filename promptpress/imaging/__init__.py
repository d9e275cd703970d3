"""Pictures, bytes to bytes: no file, no network, no clock; the same input gives the same bytes.

=============  ===========================================================
inspect        bytes from anywhere to a whole picture, or a typed refusal
render         a picture in the shape that a channel takes, labelled
resize         a smaller copy of a picture, as a page needs it
make_copies    a picture in several widths and formats, for a browser to choose from
inspect_video  bytes from anywhere to a whole video, or a typed refusal
fit_video      a video in the shape that a channel takes, marked
mark_video     the same video with the mark of what made it
make_reel      a film of a post's pictures
fingerprint    how a picture looks, in 64 bits; are_alike compares two
read_source    what a picture or a video says made it
is_video       whether bytes begin as an MP4 or a MOV
suffix         the end of a file's name
mime           the media type
=============  ===========================================================

Pictures: `_look` opens and judges, `_fingerprint` compares, `_label` reads and writes the mark in
their bytes, `_fit` changes pixels and `_shape` their sides, `_copies` makes them small.

Videos: `_boxes` and `_footage` open and judge, `_video` decides what is done, `_encode` writes;
`_reel` puts together what `_motion` shows and `_sound` plays. PyAV is loaded with the first video.
"""

from promptpress.imaging._boxes import is_mp4_or_mov as is_video
from promptpress.imaging._copies import make_copies
from promptpress.imaging._fingerprint import are_alike, distance, fingerprint
from promptpress.imaging._fit import render, resize
from promptpress.imaging._label import read_source
from promptpress.imaging._look import inspect, mime, suffix
from promptpress.imaging._reel import make_reel
from promptpress.imaging._video import fit_video, inspect_video, mark_video

__all__ = [
    "are_alike",
    "distance",
    "fingerprint",
    "fit_video",
    "inspect",
    "inspect_video",
    "is_video",
    "make_copies",
    "make_reel",
    "mark_video",
    "mime",
    "read_source",
    "render",
    "resize",
    "suffix",
]
