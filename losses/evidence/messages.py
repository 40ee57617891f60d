"""Error messages without what changes from run to run or from place to place.

Messages are cleaned when they are recorded and again when they are compared, so that
another rule here needs no new run.
"""

import re

NOISE = ("Detected at node", "Stack trace for op definition", "Graph execution")


def cleaned(message):
    """The message without colours, addresses, folders, line numbers and counters."""
    if "root error(s) found" in message:  # which of two devices was first
        message = re.search(r"\(0\) \w+:\s+(.*)", message)[1]
    text = re.sub(r"\x1b\[\d*m", "", message)
    text = re.sub(r"\{\{.*?\}\}\s?", "", text)
    text = re.sub(r'^\s*File ".*\n.*\n?', "", text, flags=re.MULTILINE)
    text = re.sub(r"0x[0-9a-f]+", "0x…", text)
    text = re.sub(r"(?<![\w.])(?<!:/)/(?:[\w.+-]+/)+", "…/", text)
    text = re.sub(r"(__\w+?)_\d+\b", r"\1", text)
    text = re.sub(r"\b(functional|sequential)(_\d+)+\b", r"\1", text)
    text = re.sub(r"(\b[A-Z]\w*Dataset|\.py):\d+", r"\1", text)
    text = re.sub(r"\b(loss_layer|keras_tensor|in_a_subclass)_\d+", r"\1", text)
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith(NOISE))
