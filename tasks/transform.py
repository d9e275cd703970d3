"""A post becomes pictures: its words, a generation paid for once, a look at what came back."""

import time
from dataclasses import dataclass, field

from promptpress import imaging, orders, steps
from promptpress.errors import (
    ContentRefused,
    InvalidPost,
    OutcomeUnknown,
    PermanentError,
    SetupError,
    TransientError,
)
from promptpress.model import Post, PostState
from promptpress.ports import Generated, Generation, ImageGenerator, ImageRequest
from promptpress.wiring import services
from tasks import Pictures
from tasks.hand import as_known, publisher_of
from tasks.policy import GENERATE, MAX_REPEATS, READ, step


@dataclass(frozen=True)
class Words:
    """What the order left open, filled in."""

    fills: dict[str, object] = field(default_factory=dict)


def require_readable(post: Post) -> None:
    """Raise InvalidPost with every cell of the row that cannot be read."""
    if post.problems:
        raise InvalidPost("; ".join(post.problems))


@step("write-caption", run_name="caption post {post.id}")
def write_caption(post: Post) -> Words:
    """Check the order and return the words it left open.

    Raises:
        InvalidPost: names all that is wrong with the order.
    """
    chosen = services()
    known = (list(chosen.generators), list(chosen.publishers))
    problems = [*post.problems, *orders.find_problems(post, *known)]
    if problems:
        raise InvalidPost("; ".join(problems))
    texts = chosen.writer.write(post)
    return Words({"caption": texts.caption, "alt_text": texts.alt_text})


def _request(post: Post) -> ImageRequest:
    settings = services().settings
    wanted = post.num_images or settings.default_num_images
    return ImageRequest(
        prompt=post.prompt,
        negative_prompt=post.negative_prompt or settings.default_negative_prompt,
        style=post.style or settings.default_style,
        width=post.width or settings.default_image_width,
        height=post.height or settings.default_image_height,
        # Several pictures of one seed would be one picture several times.
        seed=None if post.seed is None else post.seed + len(post.media),
        model=post.model,
        count=wanted - len(post.media),
    )


def _begin(post: Post, words: Words) -> tuple[Post, Generation]:
    chosen = services()
    if post.generating_by and post.repeats >= MAX_REPEATS:
        message = (
            f"{post.generating_by} was asked {post.repeats + 1} times and no answer was kept: "
            "look there whether it was paid for, then retry the post"
        )
        raise PermanentError(message, post.generating_by)
    generator = chosen.generators[post.generator or chosen.settings.generators[0]]
    fills = {**words.fills, "num_images": chosen.settings.default_num_images}
    stamp = chosen.stamp(post.owner)
    post = chosen.queue.record(steps.begin_generation(post, stamp, generator.name, fills))
    try:
        return post, generator.submit(_request(post))
    except OutcomeUnknown:
        raise
    except (TransientError, PermanentError, SetupError) as error:
        chosen.queue.record(steps.drop_generation(post, chosen.stamp(post.owner), error))
        raise


def _await_job(post: Post, generator: ImageGenerator, generation: Generation) -> Generation:
    settings = services().settings
    deadline = time.monotonic() + settings.default_generation_timeout
    for _ in range(settings.default_max_attempts):
        generation = generator.collect(generation.job or post.job)
        if generation.pictures:
            return generation
        wait = generation.wait or settings.default_check_interval
        if time.monotonic() + wait > deadline:
            break
        time.sleep(wait)
    message = "the picture is not ready yet: the next run goes on waiting for it"
    raise TransientError(message, generator.name)


def _named(post: Post) -> ImageGenerator:
    generators = services().generators
    if post.generating_by not in generators:
        message = (
            f"post {post.id} waits for a picture from {post.generating_by}, which is no longer "
            "set up: set it up again"
        )
        raise SetupError(message, post.generating_by)
    return generators[post.generating_by]


@step("generate-pictures", GENERATE, run_name="generate post {post.id}")
def generate_pictures(post: Post, words: Words) -> tuple[Post, tuple[Generated, ...]]:
    """Have pictures made, or fetch those of a job that an earlier run began.

    Raises:
        PermanentError: the generator refuses, or its answer was lost too often.
        TransientError: it surely did not begin, or its job is not done yet.
        OutcomeUnknown: its answer was lost; the queue knows.
    """
    post = as_known(post)
    generation = Generation(job=post.job)
    if not post.job:
        post, generation = _begin(post, words)
    if generation.pictures:
        return post, generation.pictures
    generator = _named(post)
    if generation.job != post.job:
        # The id is durable before it is first asked for: a run that dies now loses nothing.
        chosen = services()
        step_ = steps.keep_job(post, chosen.stamp(post.owner), generation.job)
        post = chosen.queue.record(step_)
    return post, _await_job(post, generator, generation).pictures


@step("check-pictures", run_name="check post {post.id}")
def check_pictures(post: Post, made: tuple[Generated, ...]) -> Pictures:
    """Look at what came back: whole pictures, not blank, not flagged.

    Raises:
        BadPicture: something is no whole picture.
        ContentRefused: a picture is blank or the service flags it.
    """
    if any(one.unsafe for one in made):
        message = "the picture is flagged as unsafe: change the prompt, then retry the post"
        raise ContentRefused(message, post.generating_by)
    return tuple(imaging.inspect(one.content) for one in made)


@step("fetch-pictures", READ, run_name="fetch post {post.id}")
def fetch_pictures(post: Post) -> Pictures:
    """Return the pictures of a post from the first store that has them whole."""
    return tuple(imaging.inspect(_fetch(dict(item.refs))) for item in post.media)


def _fetch(refs: dict[str, str]) -> bytes:
    stores = services().stores
    known = [name for name in refs if name in stores]
    if not known:
        message = f"the picture lies in {', '.join(refs)}: name that store in STORES again"
        raise SetupError(message, "stores")
    for name in known[:-1]:
        try:
            return stores[name].get(refs[name])
        except (PermanentError, TransientError):
            continue
    return stores[known[-1]].get(refs[known[-1]])


@step("render-pictures", run_name="render post {post.id} for {channel}")
def render_pictures(post: Post, channel: str, pictures: Pictures) -> Pictures:
    """Return the pictures in the shape that the channel takes, labelled with their source."""
    rules = publisher_of(channel).rules
    return tuple(
        imaging.render(picture, rules, source=item.source, description=post.alt_text)
        for picture, item in zip(pictures, post.media, strict=True)
    )[: rules.max_pictures]


def needs_pictures(post: Post) -> bool:
    """Tell whether a post still waits for pictures."""
    return post.state in (PostState.QUEUED, PostState.GENERATING)
