"""The network of gradcheck.py by jax.test_util.check_grads: one random direction, forward and reverse mode, float64.

    python gradcheck_jax.py [HIDDEN FEATURES [SAMPLES]]
"""
import sys

import jax
import jax.numpy as np
from clock import compute
from jax.test_util import check_grads

jax.config.update("jax_enable_x64", True)
sizes = [int(word) for word in sys.argv[1:]]
hidden, features, samples = sizes + [64, 50, 100][len(sizes) :]
keys = iter(jax.random.split(jax.random.key(0), 6))
X = jax.random.normal(next(keys), (samples, features))
y = (jax.random.uniform(next(keys), (samples, 1)) > 0.5).astype(float)


def loss(W1, b1, W2, b2):
    z = np.tanh(X @ W1.T + b1)
    yh = jax.nn.sigmoid(z @ W2.T + b2)
    entropy = -(y * np.log(yh) + (1 - y) * np.log(1 - yh)).mean()
    return entropy + 0.05 * ((W1**2).sum() + (W2**2).sum())


shapes = ((hidden, features), (hidden,), (1, hidden), (1,))
parameters = tuple(0.2 * jax.random.normal(key, shape) for key, shape in zip(keys, shapes))
with compute():
    check_grads(loss, parameters, order=1)
print(sum(p.size for p in parameters), "parameters")
