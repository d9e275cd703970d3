"""The language model when anything at all comes back: it is read, or it is one of our errors."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from promptpress.adapters._http import Reply
from promptpress.adapters.openai._chat import parse_content
from promptpress.adapters.openai._chat_errors import explain, is_about_format, read_told
from promptpress.adapters.openai._words import holds_json, parse_prompts, parse_words
from promptpress.errors import PromptpressError
from tests.adapters.generating import NOW
from tests.fakes.chat import KEY

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "message", "content", "refusal", "finish_reason", "text", "error", "code",
             "type", "param", "detail", "msg", "prompts", "caption", "alt_text", "hashtags"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(body=BODIES)
def test_any_good_answer_can_be_read(body: bytes) -> None:
    """Whatever bytes come, they are words, nothing, or one of our errors."""
    content: str | None = None
    with suppress(PromptpressError):
        content = parse_content(body, [KEY])

    assert content is None or content.strip()


@given(content=st.text() | JSON.map(json.dumps))
def test_any_words_can_be_read(content: str) -> None:
    """Whatever a model writes is taken whole, within the limits, or not at all."""
    texts, prompts = parse_words(content), parse_prompts(content, 3)

    assert texts is None or (texts.caption.strip() and texts.alt_text.strip())
    assert prompts is None or 0 < len(prompts) <= 3
    assert isinstance(holds_json(content), bool)


@given(
    status=st.integers(200, 599),
    body=BODIES,
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "retry-after-ms"]), st.text(max_size=30)
    ),
)
def test_any_bad_answer_can_be_read(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Whatever comes becomes one of our errors, with a sane wait or none."""
    reply = Reply(status=status, headers=headers, body=body, whole=True)

    error = explain(reply, [KEY], NOW)

    assert isinstance(is_about_format(status, read_told(reply)), bool)
    assert "it answers" in str(error)
    assert error.retry_after is None or error.retry_after >= 0
