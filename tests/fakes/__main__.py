"""Start all stand-ins and print the environment to use: `python -m tests.fakes`.

In one shell:     python -m tests.fakes
In another:       paste the lines it prints, then python -m flows.daily_post --limit 3
"""

import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from cyclopts import App

from tests.fakes.chat import Chat
from tests.fakes.cloudinary import Cloudinary
from tests.fakes.fusionbrain import FusionBrain
from tests.fakes.google import FOLDER, File, Google
from tests.fakes.google import SHEET as SPREADSHEET
from tests.fakes.huggingface import HuggingFace
from tests.fakes.instagram import Instagram
from tests.fakes.leonardo import Leonardo
from tests.fakes.openai import OpenAI
from tests.fakes.server import Journal
from tests.fakes.sheets import Book, Sheets
from tests.fakes.stability import Stability
from tests.fakes.telegram import Telegram

PROMPTS = Path("docs/prompts.tsv")
SHEET = "Image Prompts"
app = App(name="python -m tests.fakes")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _sheet_user(google: Google, sheets: Sheets, rows: int) -> dict[str, str]:
    """Give somebody a spreadsheet of prompts, and a Shared Drive; return what they set."""
    lines = PROMPTS.read_text(encoding="utf-8").splitlines()[1:]
    prompts = [[lines[n % len(lines)].partition("\t")[0]] for n in range(rows)]
    done = [["Prompt", "Status", "Information", "Time"]]
    book = sheets.add(Book("s" * 44, SHEET, {"Process": [["Prompt"], *prompts], "Done": done}))
    google.add(File(book.id, SHEET, SPREADSHEET))
    google.add(File("f" * 33, "Pictures", FOLDER, drive="d" * 19))
    return {
        "QUEUE_URL": f"'gsheets://{SHEET}'",
        "GOOGLE_APPLICATION_CREDENTIALS": f"'{google.key_file()}'",
        "GOOGLE_DRIVE_FOLDER_ID": "f" * 33,
        "SHEETS_API_URL": sheets.url,
        "GOOGLE_DRIVE_API_URL": google.url,
    }


@app.default
def main(
    *,
    generator_latency: float = 0.0,
    channel_latency: float = 0.0,
    picture_bytes: int = 0,
    sheet_rows: int = 6,
    quiet: bool = False,
) -> None:
    """Run until stopped; print each call as it comes.

    Args:
        generator_latency: seconds that each answer of Hugging Face takes.
        channel_latency: seconds that each answer of Telegram takes.
        picture_bytes: size of each picture; by default as small as it comes.
        sheet_rows: prompts in the spreadsheet.
        quiet: print the environment only.
    """
    journal = Journal()
    done = threading.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: done.set())
    generators = [
        kind(journal=journal, latency=generator_latency, picture_bytes=picture_bytes)
        for kind in (HuggingFace, FusionBrain, Leonardo, OpenAI, Stability)
    ]
    chat = Chat(journal)
    channel = Telegram(journal=journal, latency=channel_latency)
    instagram = Instagram(journal=journal, latency=channel_latency)
    cloudinary = Cloudinary(journal)
    google = Google(journal)
    sheets = Sheets(journal, authorize=google.accepts, quotas=True)
    with ExitStack() as running:
        for stand_in in (*generators, chat, channel, instagram, cloudinary, google, sheets):
            running.enter_context(stand_in)
        settings = channel.environment() | _sheet_user(google, sheets, sheet_rows)
        # Instagram fetches pictures itself, here from this machine.
        settings |= {"STORES": "local,cloudinary", "LINKS_MAY_BE_PRIVATE": "true"}
        for service in (*generators, chat, instagram, cloudinary):
            settings |= service.environment()
        for name, value in settings.items():
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
