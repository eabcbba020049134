"""A table of layers, by torchinfo."""
from clock import compute
from net import three_convolutions
from torchinfo import summary

with compute():
    summary(three_convolutions(), input_size=(1, 3, 1024, 1024))
