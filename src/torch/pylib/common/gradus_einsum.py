"""`torch.einsum`."""

from gradus_faults import NotOffered
from gradus_operations import matmul, sum
from gradus_shapes import permute, reshape
from gradus_tensor import Size, Tensor


def einsum(equation, *operands):
    """Two operands as a batched matrix product; one as a permutation and a sum."""
    operands = operands[0] if len(operands) == 1 and not isinstance(operands[0], Tensor) else operands
    terms, _, out = equation.replace(" ", "").partition("->")
    terms = terms.split(",")
    if "." in equation or len(terms) != len(operands) or any(len(set(term)) != len(term) for term in terms):
        raise NotOffered(f"torch.einsum({equation!r}) is not offered here")
    if not _:
        letters = "".join(terms)
        out = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    result, term = operands[0], terms[0]
    for place, (operand, other) in enumerate(zip(operands[1:], terms[1:])):
        later = out + "".join(terms[place + 2 :])
        result, term = _contract(result, term, operand, other, later)
    summed = [place for place, letter in enumerate(term) if letter not in out]
    if summed:
        result = sum(result, summed)
        term = "".join(letter for letter in term if letter in out)
    order = [term.index(letter) for letter in out]
    return result if order == sorted(order) else permute(result, order)


def _contract(a, left, b, right, later):
    """`left,right` with the letters that nothing later needs summed: batch, rows × inner, inner × columns."""
    a, left = _drop(a, left, right + later)
    b, right = _drop(b, right, left + later)
    sizes = {**dict(zip(left, a.shape)), **dict(zip(right, b.shape))}
    both = [letter for letter in left if letter in right]
    batch = [letter for letter in both if letter in later]
    inner = [letter for letter in both if letter not in later]
    rows = [letter for letter in left if letter not in right]
    columns = [letter for letter in right if letter not in left]
    size = lambda letters: Size(sizes[letter] for letter in letters).numel()
    lead = [sizes[letter] for letter in batch]
    a = _arranged(a, left, batch + rows + inner, lead + [size(rows), size(inner)])
    b = _arranged(b, right, batch + inner + columns, lead + [size(inner), size(columns)])
    term = batch + rows + columns
    return _arranged(matmul(a, b), term, term, [sizes[letter] for letter in term]), "".join(term)


def _arranged(tensor, term, order, sizes):
    """The axes in another order, then seen in other sizes; what changes nothing is left out."""
    places = [list(term).index(letter) for letter in order]
    if places != sorted(places):
        tensor = permute(tensor, places)
    return tensor if list(tensor.shape) == sizes else reshape(tensor, sizes)


def _drop(tensor, term, needed):
    """Letters that nobody else has are summed first."""
    alone = [place for place, letter in enumerate(term) if letter not in needed]
    if not alone:
        return tensor, term
    return sum(tensor, alone), "".join(letter for letter in term if letter in needed)
