"""What a loss is run on, and whose evidence there is.

`python -m losses.evidence.environments` lists the names, and with a name what pip
installs for it: the evidence is of exactly these versions.
"""

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """What the tests run on, in a process of its own.

    Args:
        name: names its folder of evidence and `make test-NAME`.
        about: what it is, in the middle of a sentence.
        backend: what Keras 3 computes with: "tensorflow", "jax" or "torch".
        requirements: the pinned versions.
        legacy: whether legacy Keras stands in for `keras`.
    """

    name: str
    about: str
    backend: str
    requirements: tuple[str, ...]
    legacy: bool = False

    @property
    def versions(self):
        """The version of each package."""
        return dict(requirement.split("==") for requirement in self.requirements)


ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "keras-tensorflow",
            "Keras 3 on TensorFlow",
            "tensorflow",
            ("keras==3.15.1", "tensorflow==2.21.0"),
        ),
        Environment(
            "keras-jax", "Keras 3 on JAX", "jax", ("keras==3.15.1", "jax==0.10.2")
        ),
        Environment(
            "keras-torch",
            "Keras 3 on PyTorch",
            "torch",
            ("keras==3.15.1", "torch==2.13.0"),
        ),
        Environment(
            "tf_keras",
            "legacy Keras 2 on TensorFlow",
            "tensorflow",
            ("tf_keras==2.21.0", "keras==3.15.1", "tensorflow==2.21.0"),
            legacy=True,
        ),
        Environment(
            "keras-tensorflow-oldest",
            "the oldest Keras 3 that is supported, on TensorFlow",
            "tensorflow",
            ("keras==3.12.0", "tensorflow==2.20.0"),
        ),
    )
}
# Recorded in full; of the others is kept what differs from it.
REFERENCE = "keras-tensorflow"
OTHERS = [name for name in ENVIRONMENTS if name != REFERENCE]


def main(names):
    """One line for each environment, or for each requirement of the one named."""
    print(*(ENVIRONMENTS[names[0]].requirements if names else ENVIRONMENTS), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
