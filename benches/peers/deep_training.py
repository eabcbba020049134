"""The sheet's network with 42 times the same two objects: 200 steps of gradient descent on 64 rows."""
import sys

import torch
from clock import compute
from torch import nn

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200
torch.manual_seed(0)
net = nn.Sequential(
    nn.Linear(42, 128),
    nn.Sigmoid(),
    *[nn.Linear(128, 128), nn.Sigmoid()] * 42,
    nn.Linear(128, 1),
)
x = torch.randn(64, 42)
y = torch.sin(x @ torch.randn(42, 1) / 42**0.5)
optimiser = torch.optim.SGD(net.parameters(), lr=0.05)
with compute():
    for _ in range(steps):
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimiser.step()
print(f"{steps} steps, loss {loss.item():.6f}")
