"""Run the benchmarks and write their tables into docs/: `python -m tests.bench [name ...]`."""

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import claims, scale, site
from tests.bench.scene import ROOT, Took, fill, prefect_server, stand_ins, time_process

PAGE = ROOT / "docs" / "performance.md"
SCALING = ROOT / "docs" / "scaling.md"
POSTS, CONCURRENCY = 200, 16
GENERATOR, CHANNEL = 1.0, 0.1
"""Seconds that the stand-ins take for a picture and for a send."""
ROUNDS = 3
FLOW = {"GENERATORS": "huggingface", "CHANNELS": "telegram", "STORES": "local"}


def throughput(folder: Path) -> str:
    """200 posts beside a bare pool of threads, and beside the plainest bot."""
    latency = ("--generator-latency", str(GENERATOR), "--channel-latency", str(CHANNEL))
    pool, ours, bots = [], [], []
    with stand_ins(*latency) as online, prefect_server(folder) as api:
        for number in range(ROUNDS):
            place = folder / f"throughput-{number}"
            fill(place, POSTS)
            sizes = [str(POSTS), str(CONCURRENCY)]
            environment = {**online, **FLOW, "PREFECT_API_URL": api}
            pool.append(time_process(["tests.bench.work", "pool", *sizes], place, online).work)
            ours.append(time_process(["tests.bench.work", "flow", *sizes], place, environment).work)
            bots.append(time_process(["tests.bench.plain_bot"], place, environment).whole)
    bare, flow, bot = (statistics.median(times) for times in (pool, ours, bots))
    return "\n".join([
        f"| {POSTS} posts, picture {GENERATOR:g} s, send {CHANNEL:g} s | seconds | to the pool |",
        "| --- | --: | --: |",
        f"| bare pool of {CONCURRENCY} threads, the same HTTP calls | {bare:.1f} | 1.00 |",
        f"| daily-post, concurrency {CONCURRENCY}, a task run per step and post | {flow:.1f} "
        f"| **{flow / bare:.2f}** |",
        f"| plainest bot, one prompt a process ({bot:.1f} s each, one after the other) "
        f"| {bot * POSTS:.0f} | {bot * POSTS / bare:.0f} |",
    ])  # fmt: skip


def memory(folder: Path) -> str:
    """Peak memory for 50 and for 500 posts with pictures of 1 MB."""
    peaks: dict[int, Took] = {}
    with stand_ins("--picture-bytes", "1000000") as online, prefect_server(folder) as api:
        for posts in (50, 500):
            place = folder / f"memory-{posts}"
            fill(place, posts)
            environment = {**online, **FLOW, "PREFECT_API_URL": api}
            arguments = ["tests.bench.work", "flow", str(posts), "8"]
            peaks[posts] = time_process(arguments, place, environment)
    growth = peaks[500].peak / peaks[50].peak
    return "\n".join([
        "| posts with pictures of 1 MB | peak memory | growth |",
        "| --- | --: | --: |",
        f"| 50 | {peaks[50].peak:.0f} MiB | 1.00 |",
        f"| 500 | {peaks[500].peak:.0f} MiB | **{growth:.2f}** |",
    ])  # fmt: skip


def cold(folder: Path) -> str:
    """One post, and an empty queue, each from a cold start with Prefect's temporary server."""
    times: dict[str, list[float]] = {"bot 1": [], "ours 1": [], "bot 0": [], "ours 0": []}
    with stand_ins() as online:
        for number in range(ROUNDS):
            for posts in (1, 0):
                place = folder / f"cold-{number}-{posts}"
                fill(place, posts)
                bot = time_process(["tests.bench.plain_bot"], place, online)
                # Each from an empty Prefect home of its own: a cron's runner has none.
                ours = time_process(
                    ["flows.daily_post", "--limit", "1"],
                    place,
                    {**online, **FLOW, "PREFECT_HOME": str(place / "prefect-ours")},
                )
                times[f"bot {posts}"].append(bot.whole)
                times[f"ours {posts}"].append(ours.whole)
    took = {name: statistics.median(values) for name, values in times.items()}
    return "\n".join([
        "| whole process, temporary server, empty Prefect home | plain bot | daily-post | ratio |",
        "| --- | --: | --: | --: |",
        *(
            f"| {name} | {took[f'bot {n}']:.1f} s | {took[f'ours {n}']:.1f} s "
            f"| **{took[f'ours {n}'] / took[f'bot {n}']:.2f}** |"
            for n, name in ((1, "one post"), (0, "an empty queue"))
        ),
    ])  # fmt: skip


def claim(folder: Path) -> str:
    """What a claim of ten posts costs as the queue grows."""
    sizes = " | ".join(f"{rows:,} rows" for rows in claims.SIZES)
    head = [f"| claim of 10 posts, 1 / 8 claimers | {sizes} | growth |", "| --- |" + " --: |" * 4]
    return "\n".join([*head, *claims.measure(folder)])


def pages(folder: Path) -> str:
    """What one more post costs a site as it grows."""
    sizes = " | ".join(f"{posts:,} posts" for posts in site.SIZES)
    head = [f"| on a site of | {sizes} | ratio |", "| --- | --: | --: | --: |"]
    return "\n".join([*head, *site.measure(folder)])


def stages(folder: Path) -> str:
    """What a post costs as a set-up grows."""
    head = [
        "| set-up | posts a minute | in the run | in Prefect's server | in PostgreSQL "
        "| together, per post | Prefect's records, per post | its server's memory |",
        "| --- |" + " --: |" * 7,
    ]
    return "\n".join([*head, *scale.measure(folder)])


def counts(folder: Path) -> str:
    """What is written for one post, in the queue and by Prefect."""
    return "\n".join(["| written per post | |", "| --- | --: |", *scale.count(folder)])


BENCHES: dict[str, Callable[[Path], str]] = {
    "throughput": throughput,
    "claim": claim,
    "memory": memory,
    "cold": cold,
    "pages": pages,
    "stages": stages,
    "counts": counts,
}


def write(name: str, table: str) -> None:
    """Put a table between its marks in the page that has them."""
    file = SCALING if name in ("stages", "counts") else PAGE
    page = file.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = page.split(begin, 1)
    after = rest.split(end, 1)[1]
    file.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def main(names: list[str]) -> None:
    """Run the benches named, or all."""
    for name in names or list(BENCHES):
        with tempfile.TemporaryDirectory() as folder:
            table = BENCHES[name](Path(folder))
        sys.stdout.write(f"\n## {name}\n\n{table}\n")
        sys.stdout.flush()
        write(name, table)


if __name__ == "__main__":
    main(sys.argv[1:])
