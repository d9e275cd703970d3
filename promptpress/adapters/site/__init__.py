"""A Publisher that keeps a static website in a folder: the channel that needs no account.

===========  ==============================================================
publisher    the class: what is written for a post, and in which order
records      what the site knows of a post; its title, name and notes (pure)
paging       which pages a change touches, however large the site is (pure)
pages        records to HTML and RSS, by the templates (pure)
ledger       the site's memory in `.site/`: a record per post, their order
disk         whole files or none, one writer at a time, the error map
templates/   Jinja templates; assets/ goes onto the site as it is
===========  ==============================================================

On the site: `index.html` (the newest), `page/<k>.html` (older ones, numbered from the oldest, so
that they never shift), `posts/<id>-<words>.html`, `media/`, `assets/`, `feed.xml`. Everything on
it is made from `.site/posts/`; the rest of `.site/` is rebuilt when it is missing or damaged.
"""

from promptpress.adapters.site.publisher import SitePublisher

__all__ = ["SitePublisher"]
