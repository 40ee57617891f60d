"""A terminal for a command that is tested: the end that is read from."""

import os


def written_to(terminal):
    """All that is written until the other end, which is not open here, is closed."""
    written = b""
    try:
        while part := os.read(terminal, 65536):
            written += part
    except OSError:  # nothing more to come
        pass
    os.close(terminal)
    return written.decode()
