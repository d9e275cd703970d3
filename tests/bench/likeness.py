"""How well near-duplicates are told: `python -m tests.bench.likeness FILE`.

FILE is any table with tabs and a column Prompt. For each threshold it prints how many of its
prompts are found like another, to be looked through (`--pairs 0.75` prints those of one), and how
many rewordings of each kind are found like the prompt they come from: many is good, but of "a word
replaced", which is rather another picture. `--scale N` prints what it
costs to know N prompts made of its words.
"""

import csv
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from promptpress.likeness import KnownPrompts, telling_words

THRESHOLDS = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
ADJECTIVES = ("beautiful", "tiny", "ancient", "glowing", "wooden", "misty")
ARTICLES = ("a", "an", "the")
SEED = 7
ASKED = 100


def read(path: str) -> list[str]:
    """Return the prompts of a table."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [row["Prompt"] for row in csv.DictReader(file, delimiter="\t")]


def drop_articles(words: list[str], draw: random.Random) -> list[str]:
    return [word for word in words if word.lower() not in ARTICLES] or words


def change_case(words: list[str], draw: random.Random) -> list[str]:
    return [word.upper() if draw.random() < 0.5 else word.lower() for word in words]


def append(words: list[str], draw: random.Random) -> list[str]:
    return [*words[:-1], f"{words[-1]}, 4k"]


def swap(words: list[str], draw: random.Random) -> list[str]:
    changed = list(words)
    if len(words) > 1:
        one, other = draw.sample(range(len(words)), 2)
        changed[one], changed[other] = changed[other], changed[one]
    return changed


def add_adjective(words: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(words))
    return [*words[:at], draw.choice(ADJECTIVES), *words[at:]]


def replace_word(words: list[str], draw: random.Random) -> list[str]:
    """Put another word in the place of a telling one: another picture, rather."""
    places = [
        at for at, word in enumerate(words) if telling_words(word) & telling_words(" ".join(words))
    ]
    at = draw.choice(places or [0])
    return [*words[:at], "zebra", *words[at + 1 :]]


REWORDINGS: dict[str, Callable[[list[str], random.Random], list[str]]] = {
    "articles dropped": drop_articles,
    "letter case": change_case,
    '", 4k" appended': append,
    "two words swapped": swap,
    "an adjective more": add_adjective,
    "a word replaced": replace_word,
}


def share_found(prompts: list[str], likeness: float, kind: str) -> float:
    """Return the share of rewordings of one kind that are found like their own prompt."""
    draw = random.Random(SEED)
    reworded = [" ".join(REWORDINGS[kind](prompt.split(), draw)) for prompt in prompts]
    found = [
        KnownPrompts([prompt], likeness=likeness).is_like(new)
        for prompt, new in zip(prompts, reworded, strict=True)
    ]
    return sum(one is not None for one in found) / len(found)


def find_pairs(prompts: list[str], likeness: float) -> list[tuple[str, str]]:
    """Return each prompt that is like an earlier one, beside that one."""
    known = KnownPrompts(likeness=likeness)
    pairs = []
    for prompt in prompts:
        found = known.is_like(prompt)
        if found is not None:
            pairs.append((prompt, found))
        known.add(prompt)
    return pairs


def table(prompts: list[str]) -> Iterator[str]:
    """Yield the lines of the table of thresholds."""
    prompts = list(dict.fromkeys(prompts))
    longer = [prompt for prompt in prompts if len(telling_words(prompt)) >= 3]
    yield f"{len(prompts):,} prompts, {len(longer):,} of them with three telling words or more"
    kinds = [*REWORDINGS, "an adjective more, of three words or more"]
    yield f"| likeness | like another | {' | '.join(kinds)} |"
    yield "| --: |" + " --: |" * (len(kinds) + 1)
    for likeness in THRESHOLDS:
        pairs = len(find_pairs(prompts, likeness))
        found = [f"{share_found(prompts, likeness, kind):.1%}" for kind in REWORDINGS]
        of_longer = share_found(longer, likeness, "an adjective more")
        yield f"| {likeness} | {pairs} | {' | '.join(found)} | {of_longer:.1%} |"


def mixed(prompts: list[str], count: int) -> Iterator[str]:
    """Yield so many prompts, each a mixture of two, with the words as common as they really are."""
    draw = random.Random(SEED)
    for _ in range(count):
        one, other = (draw.choice(prompts).split() for _ in range(2))
        words = one[: len(one) // 2 + 1] + other[len(other) // 2 :]
        yield " ".join([*words, f"{draw.randrange(count):x}"])


def scale(prompts: list[str], count: int) -> Iterator[str]:
    """Yield what it costs to know so many prompts, and to ask whether one is new."""
    begun = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    known = KnownPrompts(mixed(prompts, count))
    built = time.perf_counter() - begun
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    begun = time.perf_counter()
    for prompt in prompts[:: max(len(prompts) // ASKED, 1)]:
        known.is_like(prompt)
    asked = (time.perf_counter() - begun) / ASKED
    yield (
        f"{len(known):,} known: {built:.1f} s (with making them up) and {memory:.0f} MiB to build, "
        f"{asked * 1_000:.1f} ms to ask"
    )


def main(path: str, *options: str) -> None:
    """Print what is asked for, the table of thresholds if nothing is."""
    prompts = read(path)
    match options:
        case ("--pairs", likeness):
            pairs = find_pairs(list(dict.fromkeys(prompts)), float(likeness))
            lines: Iterator[str] = (f"{new}\n    {old}" for new, old in pairs)
        case ("--scale", count):
            lines = scale(prompts, int(count))
        case _:
            lines = table(prompts)
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
