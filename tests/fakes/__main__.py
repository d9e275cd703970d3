"""Start all stand-ins and print the environment to use: `python -m tests.fakes`.

In one shell:     python -m tests.fakes
In another:       export the lines it prints, then python -m flows.daily_post --limit 3
"""

import signal
import sys
import threading

from tests.fakes.huggingface import HuggingFace
from tests.fakes.server import Journal
from tests.fakes.telegram import Telegram


def main() -> None:
    """Run until stopped; print each call as it comes."""
    journal = Journal()
    done = threading.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: done.set())
    with HuggingFace(journal=journal) as generator, Telegram(journal=journal) as channel:
        chosen = {"GENERATORS": "huggingface", "CHANNELS": "telegram,site"}
        environment = {**generator.environment(), **channel.environment(), **chosen}
        for name, value in environment.items():
            sys.stdout.write(f"export {name}={value}\n")
        sys.stdout.write("# stand-ins are running; stop them with Ctrl-C\n")
        sys.stdout.flush()
        seen = 0
        while not done.wait(0.5):
            entries = journal.entries()
            for entry in entries[seen:]:
                sys.stdout.write(f"# {entry.service} {entry.call}: {entry.post[:60]}\n")
            sys.stdout.flush()
            seen = len(entries)


if __name__ == "__main__":
    main()
