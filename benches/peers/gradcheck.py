"""Every entry's gradient of a two-layer network by torch.autograd.gradcheck (slow mode, float64).

    python gradcheck.py [HIDDEN FEATURES [SAMPLES]] [--fast]

The network: tanh(X W1' + b1) W2' + b2, a sigmoid, cross-entropy, and weight decay on both matrices. `--fast` checks one random
direction instead, which names no entry.
"""
import sys

import torch
from clock import compute

sizes = [int(word) for word in sys.argv[1:] if word != "--fast"]
hidden, features, samples = sizes + [64, 50, 100][len(sizes) :]
torch.manual_seed(0)
X = torch.randn(samples, features, dtype=torch.float64)
y = (torch.rand(samples, 1) > 0.5).double()


def parameter(*shape):
    return (0.2 * torch.randn(*shape, dtype=torch.float64)).requires_grad_()


def loss(W1, b1, W2, b2):
    z = torch.tanh(X @ W1.T + b1)
    yh = torch.sigmoid(z @ W2.T + b2)
    entropy = -(y * torch.log(yh) + (1 - y) * torch.log(1 - yh)).mean()
    return entropy + 0.05 * ((W1**2).sum() + (W2**2).sum())


parameters = (parameter(hidden, features), parameter(hidden), parameter(1, hidden), parameter(1))
with compute():
    assert torch.autograd.gradcheck(loss, parameters, fast_mode="--fast" in sys.argv)
print(sum(p.numel() for p in parameters), "parameters")
