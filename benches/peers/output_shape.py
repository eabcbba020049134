"""The output's shape, on the device that has no storage."""
import torch
from net import three_convolutions

with torch.device("meta"):
    print(three_convolutions()(torch.empty(1, 3, 1024, 1024)).shape)
