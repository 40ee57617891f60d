"""The pages for mkdocs: checked before anything is written, then added."""

import os
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parents[2]))  # mkdocs does not look there

from docs.generator import render, site_data
from losses.source import registry

os.environ["SOURCE_DATE_EPOCH"] = "0"  # no clock in what is built


def on_config(config):
    for read in vars(registry).values():
        if hasattr(read, "cache_clear"):
            read.cache_clear()
    config.site = site_data.read()
    complaint = site_data.complaint(config.site)
    if complaint:
        raise PluginError(complaint)
    config.nav = render.navigation(config.site)
    return config


def on_files(files, config):
    pages = {**render.render(config.site), **render.data(config.site)}
    for path, text in pages.items():
        written = files.get_file_from_path(path)
        if written:
            files.remove(written)
        files.append(File.generated(config, path, content=text))
    return files
