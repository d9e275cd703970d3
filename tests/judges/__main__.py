"""Judge the site: `python -m tests.judges NODE_MODULES`, as `make judge` calls it.

Lighthouse looks at a page with 20 cards as a phone with a slow connection would (its own profile),
again if the first look does not suffice; the W3C checker reads every page of the site. Prints a
table; ends with 1 below the figures.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.browser.conftest import ARGUMENTS, NAMES, serve
from tests.judges.sample import build_site

LEAST = 95
"""Of 100, in each of Lighthouse's categories."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
VALUES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
LOOKS = 3
"""At most: a busy machine makes a page seem slower, and nothing makes it seem faster."""
TIMEOUT = 300
"""Seconds for one judge."""


def _find_browser() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        sys.exit(f"no browser is installed: looked for {', '.join(NAMES)}")
    return found


Row = tuple[str, str, bool]
"""What is judged, the figure, and whether it suffices."""


def look_again(tools: Path, address: str, report: Path) -> list[Row]:
    """Return what Lighthouse says of a page as soon as it suffices."""
    rows: list[Row] = []
    for _ in range(LOOKS):
        rows = [*ask_lighthouse(tools, address, report)]
        if all(suffices for *_, suffices in rows):
            break
    return rows


def ask_lighthouse(tools: Path, address: str, report: Path) -> Iterator[Row]:
    """Yield what Lighthouse says of a page."""
    command = [
        *(str(tools / ".bin" / "lighthouse"), address, "--quiet", "--output=json"),
        f"--output-path={report}",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags=--headless=new {' '.join(ARGUMENTS)}",
    ]
    environment = {**os.environ, "CHROME_PATH": _find_browser()}
    subprocess.run(command, check=True, env=environment, timeout=TIMEOUT)
    found = json.loads(report.read_text("utf-8"))
    for name in CATEGORIES:
        score = round(100 * (found["categories"][name]["score"] or 0))
        yield f"Lighthouse {name}", f"{score}", score >= LEAST
        for audit in found["categories"][name]["auditRefs"]:
            one = found["audits"][audit["id"]]
            if audit["weight"] and one["score"] is not None and one["score"] < 0.9:
                yield f"  {one['title']}", one.get("displayValue", "no"), score >= LEAST
    for name in VALUES:
        yield f"  {found['audits'][name]['title']}", found["audits"][name]["displayValue"], True
    shift = found["audits"]["cumulative-layout-shift"]["numericValue"]
    yield "  Cumulative Layout Shift", f"{shift:g}", shift == 0


def ask_checker(tools: Path, folder: Path) -> Iterator[Row]:
    """Yield the errors that the W3C checker finds, and how many pages it read."""
    jar = tools / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--errors-only"]
    pages = [str(path) for path in sorted(folder.rglob("*.html"))]
    done = subprocess.run(
        [*command, *pages], check=False, capture_output=True, text=True, timeout=TIMEOUT
    )
    found = json.loads(done.stderr)["messages"]
    for one in found:
        yield f"  {one['url'].rpartition('/site/')[2]}", one["message"], False
    yield f"W3C checker, errors in {len(pages)} pages", f"{len(found)}", not found


def main(tools: Path) -> int:
    """Make a site, let all look at it, and print what they say."""
    with tempfile.TemporaryDirectory(prefix="promptpress-judges-") as name:
        folder = Path(name) / "site"
        # Search engines want absolute addresses, and the site has those only when it knows its own.
        build_site(folder, "https://example.org/")
        with serve(folder) as origin:
            rows = [
                *look_again(tools, f"{origin}/index.html", Path(name) / "report.json"),
                *ask_checker(tools, folder),
            ]
    for what, figure, suffices in rows:
        sys.stdout.write(f"{what:<50} {figure:>12}{'' if suffices else '   too little'}\n")
    return 0 if all(suffices for *_, suffices in rows) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
