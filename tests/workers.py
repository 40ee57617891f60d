"""Two processes that train together, asked for one variant after the other.

`python -m tests.workers ENVIRONMENT RANK PORT PORT` is one of them: it reads ids of
variants, and answers each with what the variant and its reference did.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
from functools import cache

from tests import environments

SECONDS = 120  # after which a pair that waits for each other is ended
ABSENT = {"keras-torch": "Keras has no training on several processes for PyTorch"}


def seen(variant_id, environment):
    """What the variant and its reference did on two workers, as evidence."""
    if environment in ABSENT:
        absent = {"not_applicable": ABSENT[environment]}
        return {"variant": absent, "reference": absent}
    return _pair(environment).ask(variant_id)


@cache
def _pair(environment):
    return Pair(environment)


class Pair:
    def __init__(self, environment):
        self.environment, self.processes = environment, []

    def ask(self, variant_id):
        if not self.processes:
            self._start()
        for process in self.processes:
            process.stdin.write(f"{variant_id}\n")
            process.stdin.flush()
        answers = [self._answer(process) for process in self.processes]
        if None in answers:
            self._end()
            ended = {"raises": "TimeoutError", "message": f"no answer in {SECONDS} s"}
            return {"variant": ended, "reference": ended}
        return answers[0]

    def _start(self):
        ports = _free_ports()
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.workers", self.environment, rank, *ports],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            for rank in "01"
        ]

    def _end(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        self.processes = []

    def _answer(self, process):
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            line = process.stdout.readline() if ready.select(SECONDS) else ""
        return json.loads(line) if line else None


def _free_ports():
    with socket.socket() as one, socket.socket() as other:
        for listener in (one, other):
            listener.bind(("127.0.0.1", 0))
        return [str(listener.getsockname()[1]) for listener in (one, other)]


def main(environment, rank, *ports):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    if environment not in environments.BACKENDS:
        _announce(int(rank), ports)
    environments.enter(environment, devices=1)
    from losses import registry
    from losses.probes import Subject
    from losses.probes.workers import Joined
    from tests.evidence import as_json
    from tests.hand import reference
    from tests.test_variants import declared

    pair = Joined(int(rank), ports)
    for line in sys.stdin:
        variant = registry.variants()[line.strip()]
        code, case = declared(variant)
        subjects = {
            "variant": Subject.of_variant(code, case),
            "reference": reference(variant.loss, case),
        }
        seen = {side: as_json(pair.run(s, case)) for side, s in subjects.items()}
        print(json.dumps(seen), file=answers, flush=True)


def _announce(rank, ports):
    """Tell TensorFlow of the cluster, before it is imported."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    task = {"type": "worker", "index": rank}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})


if __name__ == "__main__":
    main(*sys.argv[1:])
