"""The pages for mkdocs: checked before anything is written, then added."""

import os
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parents[2]))  # mkdocs does not look there

from docs.generator import render, shelf
from losses.source import registry

os.environ["SOURCE_DATE_EPOCH"] = "0"  # no clock in what is built


def on_config(config):
    for read in vars(registry).values():
        if hasattr(read, "cache_clear"):
            read.cache_clear()
    config.shelf = shelf.read()
    complaint = shelf.complaint(config.shelf)
    if complaint:
        raise PluginError(complaint)
    config.nav = render.navigation(config.shelf)
    return config


def on_files(files, config):
    pages = {**render.render(config.shelf), **render.data(config.shelf)}
    for path, text in pages.items():
        written = files.get_file_from_path(path)
        if written:
            files.remove(written)
        files.append(File.generated(config, path, content=text))
    return files
