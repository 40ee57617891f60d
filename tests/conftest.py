from losses.startup import import_keras

import_keras()


def pytest_addoption(parser):
    parser.addoption(
        "--evidence",
        choices=["check", "update"],
        default="check",
        help="update: rewrite losses/evidence with what was seen; then read the diff",
    )
