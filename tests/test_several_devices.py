"""The scripts of the guide print what the guide shows.

Each runs where its backend is; that of Ray where `ray` is installed as well, which is
not so in CI. `--evidence=update` or `stale` writes what they printed beside them.
"""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from losses.source import registry
from tests import environments
from tests.workers import free_ports

ROOT = Path(registry.HERE).parent
GUIDE = ROOT / "docs" / "guide"
FOLDER = GUIDE / "several_devices"
SCRIPTS = {  # how many processes of each
    "tensorflow": {
        "mirrored": 1,
        "mirrored_fails": 1,
        "workers": 2,
        "workers_fail": 2,
        "data_parallel_tensorflow": 1,
    },
    "jax": {"data_parallel": 1, "data_parallel_fails": 1, "processes": 2},
    "torch": {"data_parallel_pytorch": 1},
}
WITH_RAY = {"ray_train": 1}
if find_spec("ray"):
    SCRIPTS["jax"] |= WITH_RAY
ENGINES = {
    "mirrored": "`MirroredStrategy`, `fit`",
    "workers": "`MultiWorkerMirroredStrategy`, a loop of your own",
    "data_parallel": "`DataParallel` on JAX, one process",
    "processes": "`DataParallel` on JAX, several processes",
    "ray_train": "the same, started by Ray",
}
KINDS = {"MeanSquaredError": "per-sample", "Dice": "batch-coupled"}
NUMBER = re.compile(r" *(\d+\.(\d+))(?=%| |$)", re.MULTILINE)


def backend(config):
    name = config.getoption("--environment")
    return environments.BACKENDS.get(name, "tensorflow")


def pytest_generate_tests(metafunc):
    if "script" in metafunc.fixturenames:
        metafunc.parametrize("script", SCRIPTS[backend(metafunc.config)])


def test_it_prints_what_the_guide_shows(script, pytestconfig, tmp_path):
    processes = SCRIPTS[backend(pytestconfig)][script]
    seen = printed(script, processes, tmp_path)
    above, *written = recorded(script)
    if pytestconfig.getoption("--evidence") != "check":
        text = "\n".join([with_what(script, processes), *seen]) + "\n"
        (FOLDER / f"{script}.txt").write_text(text, "utf-8")
        (FOLDER / "summary.txt").write_text(summary(), "utf-8")
    else:
        assert above == with_what(script, processes)
        assert [NUMBER.sub(" #", line) for line in seen] == [
            NUMBER.sub(" #", line) for line in written
        ]
        for (number, digits), (other, _) in zip(
            NUMBER.findall("\n".join(seen)), NUMBER.findall("\n".join(written))
        ):
            close = 1.5 * 10 ** -len(digits)
            assert float(number) == pytest.approx(float(other), abs=close)


def test_the_table_is_that_of_the_runs():
    assert (FOLDER / "summary.txt").read_text("utf-8") == summary()


def test_every_script_is_shown_with_what_it_printed():
    page = (GUIDE / "several_devices.md").read_text("utf-8")
    shown = re.findall(r'^ *--8<-- "guide/several_devices/(.+)"$', page, re.MULTILINE)
    scripts = {name for some in (*SCRIPTS.values(), WITH_RAY) for name in some}
    assert scripts == {path.stem for path in FOLDER.glob("*.py")}
    files = [f"{name}{ending}" for name in scripts for ending in (".py", ".txt")]
    assert sorted(shown) == sorted(["summary.txt", *files])


def printed(script, processes, home):
    """The lines that the first of the processes prints."""
    started = [
        subprocess.Popen(
            [sys.executable, FOLDER / f"{script}.py"],
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for surroundings in environment(processes, home)
    ]
    try:
        said = [process.communicate(timeout=180) for process in started]
    finally:
        for process in started:
            process.kill()
    assert all(process.returncode == 0 for process in started), said[0][1]
    # Gloo, with which processes talk to each other, greets on its own
    return [line.rstrip() for line in said[0][0].splitlines() if "[Gloo]" not in line]


def environment(processes, home):
    """What is set for each of the processes: both engines read who takes part there."""
    chosen = {"KERAS_BACKEND", "XLA_FLAGS", "TF_USE_LEGACY_KERAS"}
    given = {name: value for name, value in os.environ.items() if name not in chosen}
    given |= {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    # Ray keeps what it did at home
    given |= {"HOME": str(home), "RAY_USAGE_STATS_ENABLED": "0"}
    if processes == 1:
        return [given]
    addresses = [f"localhost:{port}" for port in free_ports(processes)]
    return [
        {
            **given,
            "TF_CONFIG": json.dumps(
                {
                    "cluster": {"worker": addresses},
                    "task": {"type": "worker", "index": number},
                }
            ),
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": ",".join(addresses),
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(processes),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(number),
        }
        for number in range(processes)
    ]


def with_what(script, processes):
    """The line above what was printed: versions, and how many processes."""
    [used] = [name for name, some in SCRIPTS.items() if script in some]
    packages = ["keras", used, *(["ray"] if script in WITH_RAY else [])]
    versions = ", ".join(f"{name} {environments.public(name)}" for name in packages)
    return f"# {versions}" + (f", process 0 of {processes}" if processes > 1 else "")


def recorded(script):
    """What was printed, below the line of versions."""
    path = FOLDER / f"{script}.txt"
    return path.read_text("utf-8").splitlines() if path.exists() else [None]


def summary():
    """How far the step of several devices is from that of one, for every engine."""
    lines = [
        "| | loss | even: 8 | even: 6 | uneven: 7 | fewer than devices: 1 |",
        "|---|---|---|---|---|---|",
    ]
    refused = {
        found[1]: found[2]
        for line in recorded("data_parallel_fails")[1:]
        if (found := re.match(r"8 \+ (\d) samples: (\w+Error)", line))
    }
    for script, engine in ENGINES.items():
        rows = [line.split() for line in recorded(script)[1:]]
        seen = {(kind, last): numbers for kind, last, *numbers in rows[1:]}
        for kind, name in KINDS.items():
            cells = [_cell(seen.get((kind, last))) for last in "8671"]
            if script == "data_parallel":
                cells[2:] = [f"`{refused.get(last)}`" for last in "71"]
            lines.append(f"| {engine} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(numbers):
    if numbers is None:
        return "–"
    alone, together, *_, off = numbers
    step = "exact" if off == "0.0%" else f"{off} off"
    return step if alone == together else f"{step}; logged loss {together}, not {alone}"
