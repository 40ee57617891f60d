"""The site as text: what is on the shelves and what was seen of it, as Markdown.

`render.render(site)` is pure. `hook.py` gives it to mkdocs; `python -m docs.generator`
writes it into a folder, for any other builder.
"""
