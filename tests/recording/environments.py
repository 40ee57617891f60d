"""Enters an environment: one for each process, before anything imports Keras."""

import os
import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.metadata import version
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from types import ModuleType

from losses.evidence.environments import ENVIRONMENTS, REFERENCE
from losses.running.startup import import_keras, quiet, silent

# Markers of tests that are about one kind of environment.
ABOUT = {
    "reference": "what is declared for the reference environment",
    "tensorflow": "TensorFlow itself",
    "jax": "JAX itself",
    "torch": "PyTorch itself",
    "keras3": "the classes of Keras 3, which legacy Keras does not take",
}


def about(name):
    """The markers of the tests that are run in an environment."""
    environment = ENVIRONMENTS[name]
    found = {environment.backend}
    if name == REFERENCE:
        found.add("reference")
    if not environment.legacy:
        found.add("keras3")
    return found


def enter(name, devices=2):
    """Choose the backend, give it devices, and put legacy Keras in place.

    The devices are parts of the processor: what ran on it is what is recorded.
    """
    choose(name, devices)
    import_keras()
    _prepare(name, devices)


def enter_with_keras(name, devices=2):
    """The same when something imports Keras: tests of text need none. Not where legacy
    Keras must be in place before."""
    choose(name, devices)
    sys.meta_path.insert(0, _AfterKeras(lambda: _prepare(name, devices)))


def choose(name, devices=2):
    """Choose the backend, for this process and for those that it starts."""
    environment = ENVIRONMENTS[name]
    quiet()
    os.environ |= {
        "KERAS_BACKEND": environment.backend,
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "KERAS_TORCH_DEVICE": "cpu",
    }
    if environment.backend == "jax":
        _add_xla_flags(f"--xla_force_host_platform_device_count={devices}")
    if environment.legacy:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"


def _prepare(name, devices):
    environment = ENVIRONMENTS[name]
    if environment.backend == "tensorflow":
        _logical_devices(devices)
    if environment.legacy:
        _put_legacy_in_place()


class _AfterKeras(MetaPathFinder):
    """Calls a function once Keras is imported, by whomever."""

    def __init__(self, call):
        self.call = call

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        run = spec.loader.exec_module

        def run_and_call(module):
            with silent():
                run(module)
            self.call()

        spec.loader.exec_module = run_and_call
        return spec


def compile_quickly():
    """Let XLA compile without optimising: what it compiles for a test runs once. Before
    an environment is entered."""
    _add_xla_flags(
        "--xla_backend_optimization_level=0",
        "--xla_llvm_disable_expensive_passes=true",
        "--xla_cpu_use_fusion_emitters=false",
        "--xla_cpu_parallel_codegen_split_count=1",
    )


def _add_xla_flags(*flags):
    """Of a flag that is there twice, the last counts."""
    os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *flags])


def compile_once():
    """Keep what JAX compiles, thousands of small operations that are the same for every
    variant, in a folder of this process: JAX locks none. Returns what removes it."""
    if import_module("keras").backend.backend() != "jax":
        return lambda: None
    folder = TemporaryDirectory()
    config = import_module("jax").config
    config.update("jax_compilation_cache_dir", folder.name)
    config.update("jax_persistent_cache_min_compile_time_secs", 0)
    config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder.cleanup


def free():
    """Give back what models and compiled functions hold: thousands are made."""
    keras = import_module("keras")
    keras.backend.clear_session()
    if keras.backend.backend() == "jax":
        import_module("jax").clear_caches()


def installed(name):
    """The versions that an environment would be recorded with here."""
    return {package: public(package) for package in ENVIRONMENTS[name].versions}


def public(package):
    """Its version without what tells builds apart: torch 2.13.0+cpu is 2.13.0."""
    return version(package).partition("+")[0]


def _logical_devices(number):
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    [processor] = tf.config.list_physical_devices("CPU")
    configuration = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(processor, [configuration] * number)


class Legacy(ModuleType):
    """`keras` for somebody who uses legacy Keras and takes `ops` from Keras 3."""

    BORROWED = ("ops", "tree")

    def __init__(self, new, old):
        super().__init__("keras")
        self.__path__ = new.__path__
        self._new, self._old = new, old

    def __getattr__(self, name):
        return getattr(self._new if name in self.BORROWED else self._old, name)


def _put_legacy_in_place():
    """What is imported from now on, probes and broken variants, gets it as `keras`; the
    catalog, imported before, computes with Keras 3."""
    import losses

    new = import_module("keras")
    losses.register()
    sys.modules["keras"] = Legacy(new, import_module("tf_keras"))
