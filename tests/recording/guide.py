"""Records what the scripts of the guide print: `docs/guide/several_devices`.

Each runs where its backend is; that of Ray where `ray` is installed as well, which is
not so in CI.
"""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from losses.evidence import keys, store
from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.source import registry
from tests.recording import environments
from tests.recording.workers import free_ports

ROOT = Path(registry.HERE).parent
FOLDER = ROOT / "docs" / "guide" / "several_devices"
SECONDS = 180  # for a script, on a busy machine
SCRIPTS = {  # how many processes of each
    REFERENCE: {
        "mirrored": 1,
        "mirrored_fails": 1,
        "workers": 2,
        "workers_fail": 2,
        "data_parallel_tensorflow": 1,
    },
    "keras-jax": {
        "data_parallel": 1,
        "data_parallel_fails": 1,
        "processes": 2,
        "ray_train": 1,
    },
    "keras-torch": {"data_parallel_pytorch": 1},
}
WITH_RAY = ("ray_train",)
ENGINES = {
    "mirrored": "`MirroredStrategy`, `fit`",
    "workers": "`MultiWorkerMirroredStrategy`, a loop of your own",
    "data_parallel": "`DataParallel` on JAX, one process",
    "processes": "`DataParallel` on JAX, several processes",
    "ray_train": "the same, started by Ray",
}
KINDS = {"MeanSquaredError": "per-sample", "Dice": "batch-coupled"}
NUMBER = re.compile(r" *(\d+\.(\d+))(?=%| |$)", re.MULTILINE)


def of(environment):
    """The scripts that run in an environment, as it is installed here."""
    return [
        script
        for script in SCRIPTS.get(environment, ())
        if script not in WITH_RAY or find_spec("ray")
    ]


def is_current(script):
    """Whether it was recorded with the present code and versions."""
    return store.keys_of(f"guide/{script}") == {"": key(script)}


def key(script):
    """The key of a script: its code, the losses that it takes, the versions."""
    [environment] = [name for name, some in SCRIPTS.items() if script in some]
    source = (FOLDER / f"{script}.py").read_text("utf-8")
    return keys.of_script(source, *ENVIRONMENTS[environment].requirements)


def record(script, environment):
    """Run a script and write what it printed, and the table of all. Returns what there
    is to say of it."""
    above, *before = recorded(script)
    lines = printed(script, SCRIPTS[environment][script])
    same = above == with_what(script, environment) and not different(lines, before)
    if not same:
        text = "\n".join([with_what(script, environment), *lines]) + "\n"
        (FOLDER / f"{script}.txt").write_text(text, "utf-8")
        (FOLDER / "summary.txt").write_text(summary(), "utf-8")
    store.write_keys(f"guide/{script}", {"": key(script)})
    return f"{script}: {'the same' if same else 'changed, read the diff'}"


def different(lines, before):
    """The pairs of lines, printed now and recorded, that do not say the same. A number
    may be off by one and a half of its last digit."""
    if len(lines) != len(before):
        return [("\n".join(lines), "\n".join(before))]
    return [pair for pair in zip(lines, before) if not _says_the_same(*pair)]


def _says_the_same(line, before):
    if NUMBER.sub(" #", line) != NUMBER.sub(" #", before):
        return False
    pairs = zip(NUMBER.findall(line), NUMBER.findall(before))
    return all(
        abs(float(number) - float(other)) <= 1.5 * 10 ** -len(digits)
        for (number, digits), (other, _) in pairs
    )


def printed(script, processes):
    """The lines that the first of the processes prints."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        started = [
            subprocess.Popen(
                [sys.executable, FOLDER / f"{script}.py"],
                env=surroundings,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for surroundings in _surroundings(processes, home)
        ]
        try:
            said = [process.communicate(timeout=SECONDS) for process in started]
        finally:
            for process in started:
                process.kill()
    if any(process.returncode for process in started):
        raise RuntimeError(f"{script} ended with an error:\n{said[0][1]}")
    # Gloo, with which processes talk to each other, greets on its own
    return [line.rstrip() for line in said[0][0].splitlines() if "[Gloo]" not in line]


def _surroundings(processes, home):
    """What is set for each of the processes: both engines read who takes part there."""
    chosen = {"KERAS_BACKEND", "XLA_FLAGS", "TF_USE_LEGACY_KERAS"}
    kept = {name: value for name, value in os.environ.items() if name not in chosen}
    kept |= {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    # Ray keeps what it did at home
    kept |= {"HOME": str(home), "RAY_USAGE_STATS_ENABLED": "0"}
    if processes == 1:
        return [kept]
    addresses = [f"localhost:{port}" for port in free_ports(processes)]
    return [
        {
            **kept,
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


def with_what(script, environment):
    """The line above what was printed: versions, and how many processes."""
    packages = ["keras", ENVIRONMENTS[environment].backend]
    packages += ["ray"] if script in WITH_RAY else []
    versions = ", ".join(f"{name} {environments.public(name)}" for name in packages)
    processes = SCRIPTS[environment][script]
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
        steps = {(kind, last): numbers for kind, last, *numbers in rows[1:]}
        for kind, name in KINDS.items():
            cells = [_cell(steps.get((kind, last))) for last in "8671"]
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
