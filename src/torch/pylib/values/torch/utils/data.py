"""`torch.utils.data`: data sets and batches of them."""

import _tensor
from gradus_faults import NotOffered
from gradus_making import randperm
from gradus_shapes import stack
from gradus_tensor import Tensor


class Dataset:
    def __getitem__(self, index):
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other):
        return ConcatDataset([self, other])

    def __class_getitem__(cls, _):
        return cls


class IterableDataset(Dataset):
    pass


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        if any(tensor.shape[0] != tensors[0].shape[0] for tensor in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self):
        return self.tensors[0].shape[0]


class Subset(Dataset):
    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)


class ConcatDataset(Dataset):
    def __init__(self, datasets):
        self.datasets = list(datasets)

    def __len__(self):
        return sum(len(one) for one in self.datasets)

    def __getitem__(self, index):
        index = index + len(self) if index < 0 else index
        for one in self.datasets:
            if index < len(one):
                return one[index]
            index -= len(one)
        raise IndexError("index out of range")


def random_split(dataset, lengths, generator=None):
    if sum(lengths) <= 1.0 and any(isinstance(one, float) for one in lengths):
        sizes = [int(len(dataset) * share) for share in lengths]
        for place in range(len(dataset) - sum(sizes)):
            sizes[place % len(sizes)] += 1
        lengths = sizes
    if sum(lengths) != len(dataset):
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order, made = randperm(len(dataset)).tolist(), []
    for length in lengths:
        made.append(Subset(dataset, order[:length]))
        order = order[length:]
    return made


class Sampler:
    def __init__(self, data_source=None):
        self.data_source = data_source


class SequentialSampler(Sampler):
    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(SequentialSampler):
    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source = data_source

    def __iter__(self):
        return iter(randperm(len(self.data_source)).tolist())


def default_collate(batch):
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, (bool, int, float)):
        return _tensor.make(list(batch), "float64" if isinstance(first, float) else None)
    if isinstance(first, (tuple, list)):
        return [default_collate(column) for column in zip(*batch)]
    if isinstance(first, dict):
        return {key: default_collate([one[key] for one in batch]) for key in first}
    return list(batch)


class DataLoader:
    def __init__(self, dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, num_workers=0,
                 collate_fn=None, pin_memory=False, drop_last=False, generator=None, **_):
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.shuffle, self.sampler, self.batch_sampler = shuffle, sampler, batch_sampler
        self.collate_fn = collate_fn or default_collate

    def _numbers(self):
        if self.sampler is not None:
            return list(self.sampler)
        return randperm(len(self.dataset)).tolist() if self.shuffle else list(range(len(self.dataset)))

    def __iter__(self):
        if self.batch_sampler is not None:
            for numbers in self.batch_sampler:
                yield self.collate_fn([self.dataset[number] for number in numbers])
            return
        if isinstance(self.dataset, IterableDataset):
            raise NotOffered("DataLoader is offered for data sets with numbers only")
        numbers = self._numbers()
        if self.batch_size is None:
            for number in numbers:
                yield self.dataset[number]
            return
        for start in range(0, len(numbers), self.batch_size):
            chosen = numbers[start : start + self.batch_size]
            if len(chosen) < self.batch_size and self.drop_last:
                return
            yield self.collate_fn([self.dataset[number] for number in chosen])

    def __len__(self):
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        count = len(self.sampler) if self.sampler is not None else len(self.dataset)
        size = self.batch_size or 1
        return count // size if self.drop_last else -(-count // size)


def __getattr__(name):
    raise (AttributeError if name.startswith("__") else NotOffered)(f"torch.utils.data.{name} is not offered here")
