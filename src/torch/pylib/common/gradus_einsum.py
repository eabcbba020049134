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
    if len(terms) != len(operands):
        raise NotOffered(f"torch.einsum({equation!r}) is not offered here")
    if "." in equation:
        terms, out, _ = _spelled(terms, out, _, operands)
    elif not _:
        letters = "".join(terms)
        out = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    operands, terms = zip(*(_diagonal(operand, term) for operand, term in zip(operands, terms)))
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


def _spelled(terms, out, arrow, operands):
    """Letters of their own for the axes that `...` stands for; they are paired from the last."""
    letters = [letter for letter in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if letter not in "".join(terms) + out]
    most, made = 0, []
    for term, operand in zip(terms, operands):
        count = operand.dim() - len(term.replace("...", "")) if "..." in term else 0
        most = max(most, count)
        made.append(term.replace("...", "".join(reversed(letters[:count]))))
    rest = "".join(reversed(letters[:most]))
    if not arrow:
        plain = "".join(terms).replace(".", "")
        out = "..." + "".join(sorted(letter for letter in set(plain) if plain.count(letter) == 1))
    return made, out.replace("...", rest), "->"


def _diagonal(operand, term):
    """A letter that stands twice in a term reads the diagonal of its axes."""
    for letter in term:
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            operand = operand.diagonal(0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return operand, term


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
