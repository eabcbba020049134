"""What the middle unit sees, as the support of a gradient: positive weights, average pools for maximum pools."""
import torch
from clock import compute
from net import three_convolutions
from torch import nn

net = three_convolutions(pool=nn.AvgPool2d)
for parameter in net.parameters():
    nn.init.ones_(parameter)
image = torch.ones(1, 3, 1024, 1024, requires_grad=True)
with compute():
    out = net(image)
    out[0, :, out.shape[2] // 2, out.shape[3] // 2].sum().backward()
    rows, columns = image.grad.abs().sum(dim=(0, 1)).nonzero().T
    print(int(rows.max() - rows.min() + 1), int(columns.max() - columns.min() + 1))
