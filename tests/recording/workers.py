"""Two processes that train together, asked for one variant after the other.

`python -m tests.recording.workers ENVIRONMENT RANK PORT PORT` is one of them: it reads
questions, `LOSS/VARIANT SIDE`, and answers each with what that side did.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from losses.evidence.compare import same_error
from losses.evidence.environments import ENVIRONMENTS
from losses.evidence.store import SIDES
from tests.recording import environments

SECONDS = 120  # for an answer, on a busy machine
SOON = 20  # for the second answer after the first
PAIRS = {}  # by environment
ABSENT = {"keras-torch": "fit has no way to share a batch between processes on PyTorch"}


def asked(variant_id, environment, sides=SIDES):
    """The future of what the sides of a cell did on two workers, as evidence."""
    if environment in ABSENT:
        absent = {"not_applicable": ABSENT[environment]}
        known = Future()
        known.set_result(dict.fromkeys(sides, absent))
        return known
    if environment not in PAIRS:
        PAIRS[environment] = Pair(environment)
    return PAIRS[environment].ask(variant_id, sides)


def end():
    """End the processes that were started."""
    for pair in PAIRS.values():
        pair.end()


class Pair:
    """Both processes. What stops one of them leaves the other waiting, so that both are
    ended then, and others started when somebody asks again."""

    def __init__(self, environment, program=("-m", "tests.recording.workers")):
        self.command, self.processes = [sys.executable, *program, environment], []
        self.folder = tempfile.TemporaryDirectory()
        self.said = Path(self.folder.name) / "stderr"
        self.in_turn = ThreadPoolExecutor(1)

    def ask(self, variant_id, sides):
        return self.in_turn.submit(
            lambda: {side: self._answer(f"{variant_id} {side}") for side in sides}
        )

    def end(self):
        self.in_turn.shutdown(cancel_futures=True)
        self._kill()
        self.folder.cleanup()

    def _answer(self, question):
        """What both answer. An error that only one of them meets is an answer as well,
        though the other still waits for its share; of one that both meet, each names
        devices of its own."""
        if not self.processes:
            self._start()
        try:
            for process in self.processes:
                process.stdin.write(f"{question}\n")
                process.stdin.flush()
        except OSError:
            self._fail(question)
        first, second = self._lines()
        if first is None and second is None:
            self._fail(question)
        if first is None or second is None:
            self._kill()
        elif first != second and not same_error(first, second):
            raise RuntimeError(f"{question}: one worker {first}, the other {second}")
        return second if first is None else first

    def _start(self):
        ports = [str(port) for port in free_ports(2)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with self.said.open("w") as said:
            self.processes = [
                subprocess.Popen([*self.command, rank, *ports], **pipes, stderr=said)
                for rank in "01"
            ]
        if None in self._lines():
            self._fail("start")

    def _lines(self):
        """What each of them says next, None for nothing."""
        first = _line(self.processes[0], SECONDS)
        return first, _line(self.processes[1], SECONDS if first is None else SOON)

    def _fail(self, question):
        self._kill()
        said = self.said.read_text("utf-8")[-2000:]
        raise RuntimeError(f"two workers did not answer {question}, but said:\n{said}")

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


def free_ports(count):
    """Ports of this machine that nobody listens to."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def main(environment, *numbers):
    rank, *ports = map(int, numbers)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    if ENVIRONMENTS[environment].backend == "tensorflow":
        _announce(rank, ports)
    environments.enter(environment, devices=1)
    from losses.evidence.codec import encoded
    from losses.running.workers import Worker
    from losses.source import registry
    from tests.recording import subjects

    Worker.join(rank, ports)
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        name, side = line.split()
        variant = registry.variants()[name]
        answer = encoded(subjects.done(variant, side, "two_workers"))
        print(json.dumps(answer), file=answers, flush=True)


def _announce(rank, ports):
    """Tell TensorFlow of the cluster, before a strategy is made."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    task = {"type": "worker", "index": rank}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})


if __name__ == "__main__":
    main(*sys.argv[1:])
