"""Whatever ComfyUI answers can be read: any JSON, any bytes."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters._bodies import parse_json
from promptpress.adapters._http import Reply
from promptpress.adapters.comfyui._answers import (
    Progress,
    parse_accepted,
    parse_ahead,
    parse_choices,
    parse_progress,
)
from promptpress.adapters.comfyui._refusals import explain, explain_order
from tests.adapters.generating import NOW
from tests.fakes.server import Answer

NAMES = ["n-1", "status", "outputs", "images", "filename", "type", "messages", "completed", "input"]
NAMES += ["queue_running", "queue_pending", "required", "ckpt", "options", "prompt_id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["n-1", "output"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_good_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come, reading them is never an accident."""
    value = parse_json(body)
    told = value if isinstance(value, dict) else {}

    assert isinstance(parse_accepted(body), str)
    assert isinstance(parse_progress(told, "n-1"), Progress | None)
    assert (parse_ahead(told, "n-1") or 0) >= 0
    assert all(isinstance(name, str) for name in parse_choices(told, "n-1", "ckpt"))


@given(
    status=st.integers(300, 599),
    value=JSON,
    own=st.sampled_from(["", "n-1"]),
    headers=st.dictionaries(st.just("Retry-After"), st.text(max_size=30)),
)
def test_any_bad_answer_can_be_read(
    status: int, value: Any, own: str, headers: dict[str, str]
) -> None:
    """Whatever comes with a bad status becomes one of our errors, with a sane wait or none."""
    body = Answer.json({"error": value, "node_errors": {"4": {"errors": [value]}, "5": value}}).body
    reply = Reply(status=status, headers=headers, body=body, whole=True)

    for error in (explain(reply, [], NOW), explain_order(reply, [], NOW, own=own)):
        assert str(error).startswith("comfyui: ")
        assert error.retry_after is None or error.retry_after >= 0
