"""Who makes a post's pictures, and when: asked for once, then waited for."""

import logging
import time

from promptpress import steps
from promptpress.errors import (
    ContentRefused,
    OutcomeUnknown,
    PermanentError,
    PromptpressError,
    QuotaExhausted,
    RateLimited,
    SetupError,
    TransientError,
)
from promptpress.model import Post
from promptpress.ports import Generated, Generation, ImageGenerator, ImageRequest, LimitedStore
from promptpress.wiring import services
from tasks import Way, Words
from tasks.hand import (
    as_known,
    images_of,
    read_again,
    wanted_of,
    write_down,
    write_down_failure,
)
from tasks.policy import GENERATE, MAX_REPEATS, MAX_WAIT, READ, REST, step
from tasks.signals import require_going_on
from tasks.turns import Turn

logger = logging.getLogger("promptpress")
GIVEN = "given"
"""What brings the pictures that an order links to."""


def _request(post: Post) -> ImageRequest:
    settings = services().settings
    # Each picture of an article has a prompt of its own.
    pictures = post.article.pictures if post.article is not None else ()
    return ImageRequest(
        prompt=pictures[min(len(post.media), len(pictures) - 1)][0] if pictures else post.prompt,
        negative_prompt=post.negative_prompt or settings.default_negative_prompt,
        style=post.style or settings.default_style,
        width=post.width or settings.default_image_width,
        height=post.height or settings.default_image_height,
        # Several pictures of one seed would be one picture several times.
        seed=None if post.seed is None else post.seed + len(post.media),
        model=post.model,
        count=wanted_of(post),
        links=post.media_links[len(post.media) :],
    )


def in_line(post: Post) -> list[str]:
    """Return who is asked for a post's pictures, in order; those that fell out lately come last.

    Raises:
        SetupError: only videos can be made, and the post is no reel.
    """
    chosen = services()
    if post.media_links:
        return [GIVEN]
    if post.generator:
        return [post.generator]
    if post.generating_by and post.generating_by in chosen.generators:
        return [post.generating_by]  # its answer may have been lost: nobody else is paid as well
    wants_video = post.kind == "reel" and images_of(post) == 1
    chain = chosen.settings.generators
    line = [name for name in chain if wants_video or not chosen.makes_videos(name)]
    if not line:
        message = "no generator makes pictures: name one in GENERATORS beside what makes videos"
        raise SetupError(message, "generators")
    resting = {name for name, until in chosen.resting.items() if until > chosen.now()}
    return sorted(line, key=lambda name: name in resting)


def why_fall_back(error: PromptpressError) -> str:
    """Return as what an error counts for FALL_BACK_ON; empty where nobody else is asked."""
    if isinstance(error, ContentRefused):
        return "refusal"
    if isinstance(error, QuotaExhausted):
        return "quota"
    waits = isinstance(error, RateLimited) and (error.retry_after or 0) <= MAX_WAIT
    return "outage" if isinstance(error, TransientError) and not waits else ""


def _begin(post: Post, words: Words, turn: Turn) -> tuple[Post, Generation]:
    """Ask the generators in line, until one makes the picture or may not be gone on from."""
    chosen = services()
    if post.generating_by and post.repeats >= MAX_REPEATS:
        message = (
            f"{post.generating_by} was asked {post.repeats + 1} times and no answer was kept: "
            "look there whether it was paid for, then retry the post"
        )
        raise PermanentError(message, post.generating_by)
    *line, last = in_line(post)
    for name in line:
        try:
            return _ask(post, words, name, turn)
        except (TransientError, PermanentError, SetupError) as error:
            why = why_fall_back(error)
            if why not in chosen.settings.fall_back_on:
                raise
            if why in REST:
                chosen.resting[name] = chosen.now() + REST[why]
            logger.warning("post %s: %s; the next generator is asked", post.id, error)
            post = read_again(post)
    return _ask(post, words, last, turn)


def _ask(post: Post, words: Words, name: str, turn: Turn) -> tuple[Post, Generation]:
    """Write down that a generator is asked, then ask it."""
    chosen = services()
    generator = chosen.generators[name]
    require_going_on()
    turn.take(name)
    budget, count = chosen.budget(post.owner), wanted_of(post)
    budget.take(name, count)
    # Of an article its pictures are counted, however many were wished for.
    counted = {} if post.article is not None else {"num_images": images_of(post)}
    fills = {**words.fills, **counted}
    stamp = chosen.stamp(post.owner)
    try:
        post = chosen.queue.record(steps.begin_generation(post, stamp, generator.name, fills))
    except PromptpressError:
        budget.give_back(name, count)
        raise
    try:
        return post, generator.submit(_request(post))
    except OutcomeUnknown:
        raise
    except (TransientError, PermanentError, SetupError) as error:
        budget.give_back(name, count)
        write_down_failure(steps.drop_generation(post, chosen.stamp(post.owner), error))
        raise


@step("generate-pictures", GENERATE, run_name="generate post {post.id}", begins=True)
def begin_pictures(post: Post, words: Words, turn: Turn) -> tuple[Post, Generation]:
    """Have pictures made: return them, or the job that makes them, which the queue knows.

    Raises:
        PermanentError: the generator refuses, or its answer was lost too often.
        TransientError: it surely did not begin.
        BudgetReached: no more may be spent.
        SetupError: there is no room left for what would be paid for.
        OutcomeUnknown: its answer was lost; the queue knows.
    """
    post = as_known(post)
    if post.job:
        return post, Generation(job=post.job)
    _require_room()
    post, generation = _begin(post, words, turn)
    if not generation.pictures:
        # The id is durable before it is first asked for: a run that dies now loses nothing.
        step_ = steps.keep_job(post, services().stamp(post.owner), generation.job)
        post = write_down(step_)
    return post, generation


def _require_room() -> None:
    for store in services().stores.values():
        if isinstance(store, LimitedStore):
            store.require_room()


def _named(post: Post) -> ImageGenerator:
    generators = services().generators
    if post.generating_by not in generators:
        message = (
            f"post {post.id} waits for a picture from {post.generating_by}, which is no longer "
            "set up: set it up again"
        )
        raise SetupError(message, post.generating_by)
    return generators[post.generating_by]


@step("collect-pictures", READ, run_name="collect post {post.id}", begins=True)
def collect_pictures(post: Post) -> Generation:
    """Ask once after the job that makes a post's pictures; harmless to repeat.

    Raises:
        PermanentError: the generator refuses them by now, or they are gone.
        TransientError: it cannot be asked just now.
    """
    return _named(post).collect(post.job)


def _await_pictures(post: Post, wait: float) -> Way[tuple[Generated, ...]]:
    settings = services().settings
    deadline = time.monotonic() + settings.default_generation_timeout
    for _ in range(settings.default_max_attempts):
        if wait and time.monotonic() + wait > deadline:
            break
        yield wait
        generation = collect_pictures(post)
        if generation.pictures:
            return generation.pictures
        wait = generation.wait or settings.default_check_interval
    message = "the picture is not ready yet: the next run goes on waiting for it"
    raise TransientError(message, post.generating_by)


def generate_pictures(post: Post, words: Words) -> Way[tuple[Post, tuple[Generated, ...]]]:
    """Have pictures made, or fetch those of a job that an earlier run began.

    Raises:
        PermanentError: the generator refuses, or its answer was lost too often.
        TransientError: it surely did not begin, or its job is not done yet.
        BudgetReached: no more may be spent.
        OutcomeUnknown: its answer was lost; the queue knows.
    """
    if post.job:
        return post, (yield from _await_pictures(post, 0.0))
    with Turn() as turn:
        yield from turn.wait(in_line(post)[0])
        post, generation = begin_pictures(post, words, turn)
        pictures = generation.pictures
        return post, pictures or (yield from _await_pictures(post, generation.wait))
