"""Start all stand-ins and print the environment to use: `python -m tests.fakes`.

In one shell:     python -m tests.fakes
In another:       paste the lines it prints, then python -m flows.daily_post --limit 3
"""

import signal
import sys
import threading

from cyclopts import App

from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram

app = App(name="python -m tests.fakes")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@app.default
def main(
    *,
    generator_latency: float = 0.0,
    channel_latency: float = 0.0,
    picture_bytes: int = 0,
    quiet: bool = False,
) -> None:
    """Run until stopped; print each call as it comes.

    Args:
        generator_latency: seconds that each answer of Hugging Face takes.
        channel_latency: seconds that each answer of Telegram takes.
        picture_bytes: size of each picture; by default as small as it comes.
        quiet: print the environment only.
    """
    journal = Journal()
    done = threading.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: done.set())
    generator = HuggingFace(journal=journal, latency=generator_latency, picture_bytes=picture_bytes)
    channel = Telegram(journal=journal, latency=channel_latency)
    with generator, channel:
        for name, value in {**generator.environment(), **channel.environment()}.items():
            _say(f"export {name}={value}")
        _say("# the stand-ins are running; Ctrl-C stops them")
        seen = 0
        while not done.wait(0.5):
            entries = [] if quiet else journal.entries()
            for entry in entries[seen:]:
                _say(f"# {entry.service} {entry.call}: {entry.post[:60]}")
            seen = len(entries)


if __name__ == "__main__":
    app()
