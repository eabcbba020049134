"""The output's shape, on the device that has no storage."""
import torch
from clock import compute
from net import three_convolutions

with compute(), torch.device("meta"):
    print(three_convolutions()(torch.empty(1, 3, 1024, 1024)).shape)
