"""`torch.optim.lr_scheduler`: rates as functions of the epoch."""

import math

from gradus_faults import NotOffered


class LRScheduler:
    """Sets each group's rate; it steps once when it is made."""

    def __init__(self, optimizer, last_epoch=-1, verbose=False):
        self.optimizer, self.last_epoch = optimizer, last_epoch
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def get_lr(self):
        return [self._rate(base, place) for place, base in enumerate(self.base_lrs)]

    def _rate(self, base, place):
        raise NotImplementedError

    def step(self, epoch=None):
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        for group, rate in zip(self.optimizer.param_groups, self.get_lr()):
            group["lr"] = rate
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self):
        return self._last_lr

    def state_dict(self):
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        self.__dict__.update(state_dict)


_LRScheduler = LRScheduler


class LambdaLR(LRScheduler):
    def __init__(self, optimizer, lr_lambda, last_epoch=-1, **_):
        several = isinstance(lr_lambda, (tuple, list))
        self.lr_lambdas = list(lr_lambda) if several else [lr_lambda] * len(optimizer.param_groups)
        LRScheduler.__init__(self, optimizer, last_epoch)

    def _rate(self, base, place):
        return base * self.lr_lambdas[place](self.last_epoch)


class StepLR(LRScheduler):
    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1, **_):
        self.step_size, self.gamma = step_size, gamma
        LRScheduler.__init__(self, optimizer, last_epoch)

    def _rate(self, base, place):
        return base * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1, **_):
        self.milestones, self.gamma = sorted(milestones), gamma
        LRScheduler.__init__(self, optimizer, last_epoch)

    def _rate(self, base, place):
        return base * self.gamma ** sum(one <= self.last_epoch for one in self.milestones)


class ExponentialLR(LRScheduler):
    def __init__(self, optimizer, gamma, last_epoch=-1, **_):
        self.gamma = gamma
        LRScheduler.__init__(self, optimizer, last_epoch)

    def _rate(self, base, place):
        return base * self.gamma**self.last_epoch


class CosineAnnealingLR(LRScheduler):
    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1, **_):
        self.T_max, self.eta_min = T_max, eta_min
        LRScheduler.__init__(self, optimizer, last_epoch)

    def _rate(self, base, place):
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2


class LinearLR(LRScheduler):
    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5, last_epoch=-1, **_):
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        LRScheduler.__init__(self, optimizer, last_epoch)

    def _rate(self, base, place):
        share = min(self.last_epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * share)


class ReduceLROnPlateau:
    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel", cooldown=0,
                 min_lr=0, eps=1e-8, **_):
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown, self.min_lr = threshold, threshold_mode, cooldown, min_lr
        self.eps, self.best, self.num_bad_epochs, self.cooling = eps, None, 0, 0

    def _better(self, value):
        if self.best is None:
            return True
        sign = 1 if self.mode == "min" else -1
        room = abs(self.best) * self.threshold if self.threshold_mode == "rel" else self.threshold
        return sign * value < sign * self.best - room

    def step(self, metrics, epoch=None):
        value = float(metrics)
        if self._better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooling > 0:
            self.cooling, self.num_bad_epochs = self.cooling - 1, 0
        if self.num_bad_epochs > self.patience:
            for group in self.optimizer.param_groups:
                rate = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - rate > self.eps:
                    group["lr"] = rate
            self.cooling, self.num_bad_epochs = self.cooldown, 0

    def get_last_lr(self):
        return [group["lr"] for group in self.optimizer.param_groups]


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(
        f"torch.optim.lr_scheduler.{name} is not offered here")
