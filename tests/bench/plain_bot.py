"""The plainest bot of this kind: one prompt a process, three tasks, no care taken.

It is what people write first, and what Promptpress is held against: same services, same Prefect.
"""

import os
import sqlite3
from io import BytesIO

import requests
from huggingface_hub import InferenceClient
from prefect import flow, task


@task(retries=3, retry_delay_seconds=5)
def fetch_prompt() -> tuple[int, str]:
    """Return the first row of the queue."""
    with sqlite3.connect(os.environ["BOT_DB"]) as connection:
        row = connection.execute("SELECT id, prompt FROM prompts ORDER BY id LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, "")


@task(retries=3, retry_delay_seconds=5)
def generate_image(prompt: str) -> bytes:
    """Return a picture as PNG."""
    client = InferenceClient(model=os.environ["BOT_MODEL_URL"], token=os.environ["HF_TOKEN"])
    buffer = BytesIO()
    client.text_to_image(prompt).save(buffer, format="PNG")
    return buffer.getvalue()


@task(retries=3, retry_delay_seconds=5)
def send(prompt: str, picture: bytes) -> None:
    """Send the picture to the channel."""
    url = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['TELEGRAM_TOKEN']}/sendPhoto"
    form = {"chat_id": os.environ["TELEGRAM_CHAT_ID"], "caption": prompt}
    answer = requests.post(url, data=form, files={"photo": picture}, timeout=60)
    answer.raise_for_status()


@task(retries=3, retry_delay_seconds=5)
def write_done(row: int, prompt: str) -> None:
    """Move the row to the log."""
    with sqlite3.connect(os.environ["BOT_DB"]) as connection:
        connection.execute("DELETE FROM prompts WHERE id = ?", (row,))
        connection.execute("INSERT INTO done (prompt, status) VALUES (?, 'SUCCESS')", (prompt,))


@flow(name="plain-bot")
def plain_bot() -> None:
    """Post one prompt."""
    row, prompt = fetch_prompt()
    if prompt:
        send(prompt, generate_image(prompt))
        write_done(row, prompt)


if __name__ == "__main__":
    plain_bot()
