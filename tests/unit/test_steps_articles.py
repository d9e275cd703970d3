"""promptpress.steps of an article: outline, text, then its pictures one by one."""

from dataclasses import replace

import pytest

from promptpress import decisions, steps
from promptpress.article import Article
from promptpress.errors import InvalidPost
from promptpress.model import PostState as S
from tests.unit.posts import ARTICLE, PICTURE, STAMP, post_in


@pytest.mark.parametrize(
    ("article", "asked", "action", "outcome"),
    [(None, "", "outline", "begun"), (ARTICLE, "", "write", "begun"),
     (None, "model", "outline", "repeated"), (ARTICLE, "model", "write", "repeated")],
)  # fmt: skip
def test_a_text_is_written_down_before_it_is_paid_for(
    article: Article | None, asked: str, action: str, outcome: str
) -> None:
    """The model is named, and an answer that nobody has kept counts one repeat."""
    post = post_in(S.GENERATING, kind="article", article=article, generating_by=asked)
    step = steps.begin_writing(post, STAMP, "model")

    assert (step.to, step.event.action, step.event.outcome) == (S.GENERATING, action, outcome)
    repeats = int(outcome == "repeated")
    assert step.changes == {"generating_by": "model", "job": "", "repeats": repeats}


def test_an_outline_never_takes_the_place_of_what_a_person_wrote() -> None:
    """It only fills what is blank; what it took is told."""
    step = steps.keep_outline(post_in(S.GENERATING), STAMP, ARTICLE, model="m", tokens=7)

    assert step.fills == {"article": ARTICLE}
    assert step.event.detail == {
        "title": "T", "sections": 2, "pictures": 2, "model": "m", "tokens": 7
    }  # fmt: skip


def test_the_pictures_of_an_article_are_asked_for_one_by_one() -> None:
    """It is generated once it has as many as it names, however many were wished for."""
    post = post_in(S.GENERATING, kind="article", article=ARTICLE, num_images=5)

    assert steps.begin_generation(post, STAMP, "sketch", {}).event.detail == {"pictures": 1}
    assert steps.keep_media(post, STAMP, (PICTURE,)).to is S.GENERATING
    with_one = replace(post, media=(PICTURE,))
    assert steps.keep_media(with_one, STAMP, (PICTURE,)).to is S.GENERATED
    assert steps.keep_media(with_one, STAMP, (PICTURE,)).changes["repeats"] == 0


def test_an_article_without_its_text_is_never_ready_and_a_retry_has_it_written() -> None:
    """Whatever pictures it has; one with its text goes on from them."""
    texts = tuple(replace(one, text="A lamp.") for one in ARTICLE.sections)
    written = replace(ARTICLE, sections=texts)
    for article, to in ((None, S.QUEUED), (ARTICLE, S.QUEUED), (written, S.GENERATED)):
        pictures = (PICTURE, PICTURE)
        post = post_in(S.FAILED, kind="article", article=article, media=pictures)
        assert decisions.retry(post, STAMP).to is to
        made = replace(post, state=S.GENERATED)
        if article is written:
            assert steps.make_ready(made, STAMP, ("site",)).to is S.READY
        else:
            with pytest.raises(InvalidPost, match="the article has no text: write it"):
                steps.make_ready(made, STAMP, ("site",))
