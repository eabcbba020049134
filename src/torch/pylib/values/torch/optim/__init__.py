"""`torch.optim`."""

import math

import _tensor
from gradus_faults import NotOffered
from gradus_tensor import Tensor

from . import lr_scheduler


class Optimizer:
    """Parameters in groups, with settings, and a state for each."""

    def __init__(self, params, defaults):
        params = [params] if isinstance(params, Tensor) else list(params)
        if not params:
            raise ValueError("optimizer got an empty parameter list")
        if isinstance(params[0], (tuple, list)) and len(params[0]) == 2 and isinstance(params[0][0], str):
            params = [one for _, one in params]
        self.defaults, self.state, self.param_groups = defaults, {}, []
        for group in params if isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, group):
        own = group["params"]
        own = [own] if isinstance(own, Tensor) else list(own)
        for one in own:
            if not isinstance(one, Tensor):
                raise TypeError("optimizer can only optimize Tensors, but one of the params is " + type(one).__name__)
            if not one.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        self.param_groups.append({**self.defaults, **group, "params": own})

    def zero_grad(self, set_to_none=True):
        for group in self.param_groups:
            for one in group["params"]:
                if set_to_none:
                    one.grad = None
                elif one.grad is not None:
                    one.grad.zero_()

    def step(self, closure=None):
        loss = None
        if closure is not None:
            before = _tensor.record(True)
            loss = closure()
            _tensor.record(before)
        before = _tensor.record(False)
        try:
            for group in self.param_groups:
                for one in group["params"]:
                    if one.grad is not None:
                        state = self.state.setdefault(id(one), {})
                        gradient = one.grad.detach()
                        if group.get("maximize"):
                            gradient = -gradient
                        self._update(one, gradient, group, state)
        finally:
            _tensor.record(before)
        return loss

    def _update(self, parameter, gradient, group, state):
        raise NotImplementedError

    def _order(self):
        return [id(one) for group in self.param_groups for one in group["params"]]

    def state_dict(self):
        order = self._order()
        groups, count = [], 0
        for group in self.param_groups:
            size = len(group["params"])
            groups.append({**{name: value for name, value in group.items() if name != "params"},
                           "params": list(range(count, count + size))})
            count += size
        return {"state": {order.index(key): dict(state) for key, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        order = self._order()
        self.state = {order[place]: dict(state) for place, state in state_dict["state"].items()}
        for group, loaded in zip(self.param_groups, state_dict["param_groups"]):
            group.update({name: value for name, value in loaded.items() if name != "params"})

    def __repr__(self):
        text = type(self).__name__ + " ("
        for place, group in enumerate(self.param_groups):
            text += f"\nParameter Group {place}\n"
            text += "".join(f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
        return text + ")"


def _positive(**settings):
    for name, value in settings.items():
        if value < 0.0:
            raise ValueError(f"Invalid {name.replace('_', ' ')}: {value}")


class SGD(Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, **_):
        _positive(learning_rate=lr, momentum_value=momentum, weight_decay_value=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        Optimizer.__init__(self, params, dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                                              nesterov=nesterov, maximize=maximize))

    def _update(self, parameter, gradient, group, state):
        if group["weight_decay"]:
            gradient = gradient + parameter * group["weight_decay"]
        momentum = group["momentum"]
        if momentum:
            known = state.get("momentum_buffer")
            known = gradient if known is None else known * momentum + gradient * (1 - group["dampening"])
            state["momentum_buffer"] = known
            gradient = gradient + known * momentum if group["nesterov"] else known
        parameter.sub_(gradient * group["lr"])


class Adam(Optimizer):
    _decoupled = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False, *, maximize=False, **_):
        _positive(learning_rate=lr, epsilon_value=eps, weight_decay_value=weight_decay)
        Optimizer.__init__(self, params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                                              maximize=maximize))

    def _update(self, parameter, gradient, group, state):
        (first, second), decay = group["betas"], group["weight_decay"]
        if decay and self._decoupled:
            parameter.mul_(1 - group["lr"] * decay)
        elif decay:
            gradient = gradient + parameter * decay
        step = state["step"] = state.get("step", 0) + 1
        zero = gradient * 0.0
        mean = state["exp_avg"] = state.get("exp_avg", zero) * first + gradient * (1 - first)
        square = state["exp_avg_sq"] = state.get("exp_avg_sq", zero) * second + gradient * gradient * (1 - second)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"] = square.maximum(state.get("max_exp_avg_sq", zero))
        scale = square.sqrt() / math.sqrt(1 - second**step) + group["eps"]
        parameter.sub_(mean / scale * (group["lr"] / (1 - first**step)))


class AdamW(Adam):
    _decoupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, **kwargs):
        Adam.__init__(self, params, lr, betas, eps, weight_decay, amsgrad, **kwargs)



class RMSprop(Optimizer):
    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, **_):
        _positive(learning_rate=lr, epsilon_value=eps, momentum_value=momentum, weight_decay_value=weight_decay)
        Optimizer.__init__(self, params, dict(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum,
                                              centered=centered))

    def _update(self, parameter, gradient, group, state):
        if group["weight_decay"]:
            gradient = gradient + parameter * group["weight_decay"]
        alpha, zero = group["alpha"], gradient * 0.0
        square = state["square_avg"] = state.get("square_avg", zero) * alpha + gradient * gradient * (1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"] = state.get("grad_avg", zero) * alpha + gradient * (1 - alpha)
            square = square - mean * mean
        change = gradient / (square.sqrt() + group["eps"])
        if group["momentum"]:
            change = state["momentum_buffer"] = state.get("momentum_buffer", zero) * group["momentum"] + change
        parameter.sub_(change * group["lr"])


class Adagrad(Optimizer):
    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, **_):
        _positive(learning_rate=lr, weight_decay_value=weight_decay, epsilon_value=eps)
        Optimizer.__init__(self, params, dict(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps,
                                              initial_accumulator_value=initial_accumulator_value))

    def _update(self, parameter, gradient, group, state):
        if group["weight_decay"]:
            gradient = gradient + parameter * group["weight_decay"]
        step = state["step"] = state.get("step", 0) + 1
        before = state.get("sum")
        before = gradient * 0.0 + group["initial_accumulator_value"] if before is None else before
        total = state["sum"] = before + gradient * gradient
        rate = group["lr"] / (1 + (step - 1) * group["lr_decay"])
        parameter.sub_(gradient / (total.sqrt() + group["eps"]) * rate)


class Adadelta(Optimizer):
    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, **_):
        Optimizer.__init__(self, params, dict(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay))

    def _update(self, parameter, gradient, group, state):
        if group["weight_decay"]:
            gradient = gradient + parameter * group["weight_decay"]
        rho, eps, zero = group["rho"], group["eps"], gradient * 0.0
        square = state["square_avg"] = state.get("square_avg", zero) * rho + gradient * gradient * (1 - rho)
        known = state.get("acc_delta", zero)
        change = (known + eps).sqrt() / (square + eps).sqrt() * gradient
        state["acc_delta"] = known * rho + change * change * (1 - rho)
        parameter.sub_(change * group["lr"])


class Adamax(Optimizer):
    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, **_):
        Optimizer.__init__(self, params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    def _update(self, parameter, gradient, group, state):
        if group["weight_decay"]:
            gradient = gradient + parameter * group["weight_decay"]
        (first, second), zero = group["betas"], gradient * 0.0
        step = state["step"] = state.get("step", 0) + 1
        mean = state["exp_avg"] = state.get("exp_avg", zero) * first + gradient * (1 - first)
        top = state["exp_inf"] = (state.get("exp_inf", zero) * second).maximum(gradient.abs() + group["eps"])
        parameter.sub_(mean / top * (group["lr"] / (1 - first**step)))


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.optim.{name} is not offered here")
