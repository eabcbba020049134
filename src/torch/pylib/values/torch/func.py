"""`torch.func`: gradients of functions as functions."""

from gradus_autograd import grad as _grad
from gradus_faults import NotOffered


def grad(func, argnums=0, has_aux=False):
    def slope(*args, **kwargs):
        places = argnums if isinstance(argnums, tuple) else (argnums,)
        entered = list(args)
        for place in places:
            entered[place] = args[place].detach().clone().requires_grad_()
        made = func(*entered, **kwargs)
        output = made[0] if has_aux else made
        found = _grad(output, [entered[place] for place in places])
        found = found if isinstance(argnums, tuple) else found[0]
        return (found, made[1]) if has_aux else found

    return slope


def jacrev(func, argnums=0):
    from torch.autograd.functional import jacobian

    return lambda *args: jacobian(lambda x: func(*args[:argnums], x, *args[argnums + 1 :]), args[argnums])


def hessian(func, argnums=0):
    from torch.autograd.functional import hessian

    return lambda *args: hessian(lambda x: func(*args[:argnums], x, *args[argnums + 1 :]), args[argnums])


jacfwd = jacrev


def vmap(func, in_dims=0, out_dims=0, **kwargs):
    import torch

    return torch.vmap(func, in_dims, out_dims, **kwargs)


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.func.{name} is not offered here")
