"""A peer for `make bench`: neural-tangents' infinite-width kernel, in an environment of its own.

Run as `PYTHON neural_tangents_kernel.py KIND N DEPTH` (KIND: relu, erf, softplus); prints one JSON line. What it
imports with is in neural-tangents.txt beside this file.
"""

import json
import sys
import time
import types

sys.modules.setdefault("neural_tangents.experimental", types.ModuleType("neural_tangents.experimental"))

import jax  # noqa: E402
import numpy as np  # noqa: E402

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import neural_tangents as nt  # noqa: E402
from neural_tangents import stax  # noqa: E402


def main() -> None:
    """Time the second call of the compiled kernel function."""
    kind, n, depth = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    softplus = stax.ElementwiseNumerical(lambda x: jnp.logaddexp(x, 0.0), deg=25)
    activation = {"relu": stax.Relu(), "erf": stax.Erf(), "softplus": softplus}[kind]
    x = np.random.default_rng(0).standard_normal((n, 32))
    x = jnp.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
    layers = [part for _ in range(depth) for part in (stax.Dense(1, W_std=1, b_std=None), activation)]
    _, _, kernel = stax.serial(*layers)
    f = jax.jit(lambda data: kernel(data, None, "nngp"))
    times = []
    for _ in range(2):
        start = time.perf_counter()
        f(x).block_until_ready()
        times.append(time.perf_counter() - start)
    with open("/proc/self/status") as status:  # ru_maxrss begins with what the parent process had
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    print(json.dumps({"first": times[0], "seconds": times[1], "version": nt.__version__, "peak_mb": peak}))


if __name__ == "__main__":
    main()
