"""The network of the comparisons."""
from torch import nn


def three_convolutions(pool=nn.MaxPool2d):
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(),
        pool(2),
        nn.Conv2d(4, 16, 5, stride=2, padding=2),
        nn.ReLU(),
        pool(2),
        nn.Conv2d(16, 32, 7, dilation=2, padding=3),
        nn.ReLU(),
    )
