"""The site as text: sources and recorded evidence as Markdown.

`render.render(site)` is pure. `hook.py` gives it to mkdocs; `python -m docs.generator`
writes it into a folder, for any other builder.
"""
