"""Where the gradient of one unit of ResNet-18's body lies, averaged over 100 random inputs and four random networks."""
import pathlib
import sys

import torch
from clock import compute
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "fixtures" / "models"))
from resnet18_body import body  # noqa: E402

SIZE, INPUTS, NETWORKS = 224, 100, 4
body.eval()
for parameter in body.parameters():
    parameter.requires_grad_(False)
mass = torch.zeros(SIZE, SIZE, dtype=torch.float64)
with compute():
    for count in range(INPUTS):
        if count % (INPUTS // NETWORKS) == 0:
            for layer in body.modules():
                if isinstance(layer, nn.Conv2d):
                    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        image = (2 * torch.rand(1, 3, SIZE, SIZE) - 1).requires_grad_(True)
        unit = body(image)[0, :, 3, 3]
        signs = 2.0 * torch.randint(0, 2, unit.shape) - 1
        (unit * signs).sum().backward()
        square = image.grad[0].double().square().sum(dim=0)
        mass += square / square.sum()
along = mass.sum(dim=0) / INPUTS
place = torch.arange(SIZE, dtype=torch.float64)
mean = (along * place).sum()
print("standard deviation along the width:", (along * (place - mean) ** 2).sum().sqrt().item())
