"""A Publisher that keeps a static website in a folder: the channel that needs no account.

==========  ===============================================================
publisher   the class: what it takes, and whose turn it is to write
press       what is written for a change, and in which order
printing    single pages and files: what stands on each of them
lists       which posts are on the lists of tags and months
ledger      the site's memory in `.site/`: a record per post, their orders
sweep       what is left that belongs to no post any more
disk        whole files or none, one writer at a time, the error map
paging      which pages a change touches, however large the site is (pure)
pages       records to pages for people (pure)
feeds       records to files for machines (pure)
rendering   the templates, and what all pages have in common (pure)
building    a post to its record (pure)
records     what the site knows of a post; shots: of its pictures (pure)
markdown    Markdown of anybody to HTML that does nothing (pure)
texts       words: fit for a page, as addresses, to be searched (pure)
store       a MediaStore beside the pages
templates/  Jinja templates; assets/ goes onto the site as it is
==========  ===============================================================

On the site: `index.html` (the newest), `page/<k>.html` (older ones, numbered from the oldest, so
that they never shift), `posts/<id>-<words>.html`, `tags/<tag>/` and `month/2026-11/` (paged alike),
`search/<k>.json` (200 posts each), `feed.xml`, `atom.xml`, `sitemap.xml`, `media/`, `assets/`, and
what makes it an app: `manifest.webmanifest`, `sw.js`. Everything is made from `.site/posts/`; the
rest of `.site/` is rebuilt when it is missing or damaged.
"""

from promptpress.adapters.site.publisher import SitePublisher

__all__ = ["SitePublisher"]
