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
import tempfile
from pathlib import Path

from tests import environments

SECONDS = 120  # for an answer, on a busy machine
SOON = 20  # for the second answer after the first
PAIRS = {}  # by environment
ABSENT = {"keras-torch": "Keras has no training on several processes for PyTorch"}


def seen(variant_id, environment):
    """What the variant and its reference did on two workers, as evidence."""
    if environment in ABSENT:
        absent = {"not_applicable": ABSENT[environment]}
        return {"variant": absent, "reference": absent}
    if environment not in PAIRS:
        PAIRS[environment] = Pair(environment)
    return PAIRS[environment].ask(variant_id)


def end():
    """End the processes that were started."""
    for pair in PAIRS.values():
        pair.end()


class Pair:
    """Both processes. What stops one of them leaves the other waiting, so that both are
    ended then, and others started when somebody asks again."""

    def __init__(self, environment):
        self.environment, self.processes = environment, []
        self.folder = tempfile.TemporaryDirectory()
        self.said = Path(self.folder.name) / "stderr"

    def ask(self, variant_id):
        if not self.processes:
            self._start()
        try:
            for process in self.processes:
                process.stdin.write(f"{variant_id}\n")
                process.stdin.flush()
        except OSError:
            self._fail(variant_id)
        return self._answers(variant_id)

    def _start(self):
        command = [sys.executable, "-m", "tests.workers", self.environment]
        ports = _free_ports()
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with self.said.open("w") as said:
            self.processes = [
                subprocess.Popen([*command, rank, *ports], **pipes, stderr=said)
                for rank in "01"
            ]
        self._answers("start")

    def _answers(self, question):
        """What the first process answers. An error that only one of them meets is an
        answer as well, though the other still waits for its share."""
        first = _line(self.processes[0], SECONDS)
        second = _line(self.processes[1], SECONDS if first is None else SOON)
        if first is None and second is None:
            self._fail(question)
        if first is None or second is None:
            self._kill()
        return second if first is None else first

    def _fail(self, question):
        self._kill()
        said = self.said.read_text("utf-8")[-2000:]
        raise RuntimeError(f"two workers did not answer {question}, but said:\n{said}")

    def end(self):
        self._kill()
        self.folder.cleanup()

    def _kill(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        self.processes = []


def _line(process, seconds):
    """What it answers, or None if it does not within this time."""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if ready.select(seconds) else ""
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
    print(json.dumps("ready"), file=answers, flush=True)
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
