"""The pages for mkdocs: checked before anything is written, then added."""

import os
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parents[2]))  # mkdocs does not look there

from docs.generator import render, shelf
from losses import registry

os.environ["SOURCE_DATE_EPOCH"] = "0"  # no clock in what is built


def on_config(config):
    for read in (
        registry.losses,
        registry.variants,
        registry.claims,
        registry.rules,
        registry.rule_families,
        registry.checker,
    ):
        read.cache_clear()
    config.shelf = shelf.read()
    found = shelf.problems(config.shelf)
    if found:
        raise PluginError(
            "\n".join(
                ["the evidence does not fit; to record it: make evidence", *found]
            )
        )
    config.nav = render.navigation(config.shelf)
    return config


def on_files(files, config):
    for path, text in render.render(config.shelf).items():
        written = files.get_file_from_path(path)
        if written:
            files.remove(written)
        files.append(File.generated(config, path, content=text))
    return files
