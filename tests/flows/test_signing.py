"""daily-post with a certificate: what is published is signed, as the last thing done to it."""

import io
import json
from pathlib import Path

import c2pa
import pytest

from flows.daily_post import daily_post
from promptpress.imaging import inspect, mime, read_source
from tests.adapters.test_c2pa import Desk
from tests.fakes.huggingface import HuggingFace
from tests.flows.conftest import MakeServices, add, run

pytestmark = pytest.mark.flow


def test_a_published_picture_tells_who_signed_that_a_model_made_it(
    make_services: MakeServices, generator: HuggingFace, tmp_path: Path
) -> None:
    """Its signature is whole, names the kind of source, and the label is there too."""
    desk = Desk(tmp_path)
    services = make_services(
        generators="huggingface",
        channels="site",
        c2pa_certificate=desk.certificate,
        c2pa_key=desk.key,
        **generator.environment(),
    )
    add(services, "a fox")

    assert run(daily_post).message == "1 published"
    files = [file for file in (tmp_path / "data" / "site").rglob("*") if file.is_file()]
    (signed,) = [file for file in files if b"c2pa" in file.read_bytes()]
    content = signed.read_bytes()
    with c2pa.Reader(mime(inspect(content).format), io.BytesIO(content)) as reader:
        manifest = json.loads(reader.json())
    assert manifest["validation_state"] == "Valid"
    assert "trainedAlgorithmicMedia" in json.dumps(manifest)
    assert read_source(content) == "trainedAlgorithmicMedia"


def test_half_a_set_up_is_told(make_services: MakeServices, tmp_path: Path) -> None:
    """A certificate without its key is a mistake, and not a picture without a signature."""
    with pytest.raises(Exception, match="C2PA_CERTIFICATE and C2PA_KEY belong together"):
        make_services(c2pa_certificate=tmp_path / "certificate.pem")
