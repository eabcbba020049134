"""The loss of gradcheck.py for `gradus grad-check 'benches/peers/two_layers.py:network(64, 50, 100)' --draws 1`."""
import torch


def network(hidden, features, samples):
    torch.manual_seed(0)
    X = torch.randn(samples, features, dtype=torch.float64)
    y = (torch.rand(samples, 1) > 0.5).double()

    def parameter(*shape):
        return 0.2 * torch.randn(*shape, dtype=torch.float64)

    def loss(
        W1=parameter(hidden, features),
        b1=parameter(hidden),
        W2=parameter(1, hidden),
        b2=parameter(1),
    ):
        z = torch.tanh(X @ W1.T + b1)
        yh = torch.sigmoid(z @ W2.T + b2)
        entropy = -(y * torch.log(yh) + (1 - y) * torch.log(1 - yh)).mean()
        return entropy + 0.05 * ((W1**2).sum() + (W2**2).sum())

    return loss
