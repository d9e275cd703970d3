"""What a page in a browser may do with a Prefect server: read its answers, send it orders."""

import httpx

FOREIGN = "https://evil.example"
"""A page that has nothing to do with us."""
WANTED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def may_read(url: str, origin: str) -> bool:
    """Tell whether a browser would show the API's answers to a page."""
    asked = httpx.options(
        f"{url}/block_documents/filter", headers={"Origin": origin, **WANTED}, timeout=60
    )
    answer = httpx.get(f"{url}/health", headers={"Origin": origin}, timeout=60)
    let_in = {answer.headers.get("Access-Control-Allow-Origin") for answer in (asked, answer)}
    assert len(let_in) == 1, let_in
    return bool(let_in & {origin, "*"})


def order_from(url: str, origin: str) -> int:
    """Send what a browser sends for a page without asking first; return the code of the answer."""
    headers = {"Origin": origin, "Content-Type": "text/plain"}
    return httpx.post(
        f"{url}/flow_runs/filter", headers=headers, content="{}", timeout=60
    ).status_code
