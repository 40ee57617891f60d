"""The built site: every link and anchor leads somewhere, nothing is asked of others."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

LOADS = {  # what a browser fetches without being asked
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
LOADING = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch"}


class Page(HTMLParser):
    """The ids, links and loaded files of one page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("id"):
            self.ids.append(given["id"])
        if tag == "a" and given.get("name"):
            self.ids.append(given["name"])
        if tag in ("a", "area", "link") and given.get("href"):
            fetched = set((given.get("rel") or "").split()) & LOADING
            (self.loads if tag == "link" and fetched else self.links).append(
                given["href"]
            )
        self.loads += [given[name] for name in LOADS.get(tag, ()) if given.get(name)]
        self.loads += re.findall(r"url\(([^)]+)\)", given.get("style") or "")


def findings(site):
    """What is wrong, one line each."""
    site = Path(site).resolve()
    pages = {p: Page(p.read_text("utf-8")) for p in sorted(site.rglob("*.html"))}
    if not pages:
        return [f"{site}: no pages"]
    found = []
    for path, page in pages.items():
        here = path.relative_to(site)
        twice = {id_ for id_ in page.ids if page.ids.count(id_) > 1}
        found += [f"{here}: id {id_!r} twice" for id_ in sorted(twice)]
        for address in page.loads:
            found += _loaded(site, path, address)
        for address in page.links:
            found += _linked(site, path, address, pages)
    for path in sorted(site.rglob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        for address in re.findall(r"""(?:url\(|@import\s*)["']?([^"')\s;]+)""", text):
            found += _loaded(site, path, address)
    return found


def _loaded(site, path, address):
    where = urlsplit(address.strip("\"' "))
    if where.scheme == "data" or address.startswith("#"):
        return []
    if where.scheme or where.netloc:
        return [f"{path.relative_to(site)}: loads {address} from another host"]
    return _missing(site, path, where.path, address)


def _linked(site, path, address, pages):
    address, anchor = urldefrag(address)
    where = urlsplit(address)
    if where.scheme or where.netloc:
        return []
    target = _target(site, path, where.path)
    missing = _missing(site, path, where.path, address)
    if missing or not anchor or target not in pages:
        return missing
    if unquote(anchor) in pages[target].ids:
        return []
    return [f"{path.relative_to(site)}: no anchor {address}#{anchor}"]


def _missing(site, path, relative, address):
    if _target(site, path, relative).is_file():
        return []
    return [f"{path.relative_to(site)}: no file {address}"]


def _target(site, path, relative):
    if not relative:
        return path
    start = site if relative.startswith("/") else path.parent
    target = (start / unquote(relative).lstrip("/")).resolve()
    return target / "index.html" if target.is_dir() else target
