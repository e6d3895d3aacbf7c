"""Products: einsum beside NumPy's, the order of long products, factors of addmm, and what they refuse."""
import random

import numpy as np
import pytest

import flambeau
from flambeau.ops.linalg_power import _splits


def random_equation(rng):
    """Operands' letters, the result's, and sizes; now and then an axis of size 1 that broadcasts."""
    letters = "abcde"
    sizes = {c: rng.randint(1, 3) for c in letters}
    terms = ["".join(rng.choice(letters) for _ in range(rng.randint(0, 4))) for _ in range(rng.randint(1, 4))]
    names = sorted(set("".join(terms)))
    result = "".join(rng.sample(names, rng.randint(0, len(names))))
    shapes = []
    for term in terms:
        own = {c: 1 if rng.random() < 0.15 else sizes[c] for c in term}
        shapes.append([own[c] for c in term])
    return terms, result, shapes


def expected(equation, terms, arrays):
    """NumPy's answer; it wants the axes of size 1 repeated first."""
    sizes = {}
    for term, a in zip(terms, arrays, strict=True):
        for c, n in zip(term, a.shape, strict=True):
            sizes[c] = max(sizes.get(c, 1), n)
    return np.einsum(equation, *[np.broadcast_to(a, [sizes[c] for c in term]) for term, a in zip(terms, arrays, strict=True)])


@pytest.mark.parametrize("seed", range(6))
def test_einsum_of_random_equations(seed):
    rng, tried = random.Random(seed), 0
    while tried < 60:
        terms, result, shapes = random_equation(rng)
        arrays = [np.random.normal(size=shape) for shape in shapes]
        if any(len(set(term)) < len(term) and any(n == 1 for n in shape) for term, shape in zip(terms, shapes, strict=True)):
            continue                                # a diagonal of an axis that broadcasts
        tried += 1
        equation = ",".join(terms) + "->" + result
        found = flambeau.einsum(equation, *[flambeau.tensor(a) for a in arrays]).numpy()
        np.testing.assert_allclose(found, expected(equation, terms, arrays), rtol=1e-9, atol=1e-12, err_msg=equation)


@pytest.mark.parametrize("equation, shapes", [
    ("ij,jk", [(2, 3), (3, 4)]), ("ij,jk->ik", [(2, 3), (3, 4)]), ("...ij,...jk", [(5, 2, 3), (1, 3, 4)]), ("ii", [(3, 3)]), ("ii->i", [(3, 3)]),
    ("i...->...", [(2, 3, 4)]), (" i j , j -> i ", [(2, 3), (3,)]), ("B,b->bB", [(2,), (3,)]), ("b,B", [(2,), (3,)]), (",ij", [(), (2, 3)]),
    ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]), ("ij,j,jk,k->i", [(2, 3), (3,), (3, 4), (4,)]), ("ab->ba", [(0, 2)]), ("ab,bc->ac", [(2, 0), (0, 3)]),
])
def test_einsum_forms(equation, shapes):
    arrays = [np.random.normal(size=shape) for shape in shapes]
    found = flambeau.einsum(equation, *[flambeau.tensor(a) for a in arrays]).numpy()
    want = np.einsum(equation, *arrays)
    np.testing.assert_allclose(found, want, rtol=1e-10)


def test_einsum_by_lists_and_as_a_list():
    a, b = flambeau.randn(2, 3), flambeau.randn(3, 4)
    want = (a @ b).numpy()
    np.testing.assert_allclose(flambeau.einsum(a, [0, 1], b, [1, 51], [0, 51]).numpy(), want, rtol=1e-5)
    np.testing.assert_allclose(flambeau.einsum(a, [..., 1], b, [1, 51]).numpy(), want, rtol=1e-5)
    np.testing.assert_allclose(flambeau.einsum("ij,jk", [a, b]).numpy(), want, rtol=1e-5)


@pytest.mark.parametrize("equation, shapes, kind, words", [
    ("i,j", [(2,)], RuntimeError, "fewer operands"), ("i", [(2,), (3,)], RuntimeError, "more operands"),
    ("ij", [(2,)], RuntimeError, "does not match the number of dimensions"), ("ij...", [(2,)], RuntimeError, "is more than the number of dimensions"),
    ("ij,jk", [(2, 3), (4, 5)], RuntimeError, "subscript j has size 4 for operand 1 which does not broadcast with previously seen size 3"),
    ("ij->ii", [(2, 3)], RuntimeError, "more than once in the output"), ("ij->k", [(2, 3)], RuntimeError, "does not appear in the equation"),
    ("i.j", [(2, 3)], RuntimeError, "not part of any ellipsis"), ("i...j...", [(2, 3)], RuntimeError, "an ellipsis was already found"),
    ("i1", [(2, 3)], RuntimeError, "invalid subscript given at index 1"), ("i->1", [(2,)], RuntimeError, "invalid subscript given at index 3"),
    ("ii", [(2, 3)], RuntimeError, "subscript i is repeated for operand 0 but the sizes don't match"), ("i", [], ValueError, "at least one operand"),
])
def test_einsum_refuses(equation, shapes, kind, words):
    with pytest.raises(kind) as caught:
        flambeau.einsum(equation, *[flambeau.ones(*shape) for shape in shapes])
    assert words in str(caught.value)


def test_long_products_cost_least():
    sizes = (30, 35, 15, 5, 10, 20, 25)             # Cormen and others, Introduction to Algorithms, 15.2: ((A1 (A2 A3)) ((A4 A5) A6))
    splits = _splits(sizes)
    assert (splits[0, 5], splits[0, 2], splits[3, 5]) == (2, 0, 4)
    chain = [flambeau.randn(a, b, dtype=flambeau.float64) for a, b in zip(sizes, sizes[1:], strict=False)]
    want = chain[0]
    for t in chain[1:]:
        want = want @ t
    np.testing.assert_allclose(flambeau.linalg.multi_dot(chain).numpy(), want.numpy(), rtol=1e-9)


def test_a_factor_of_zero_hides_nan():
    nan, a, b = flambeau.full((2, 2), float("nan")), flambeau.ones(2, 3), flambeau.ones(3, 2)
    assert flambeau.addmm(nan, a, b, beta=0).tolist() == [[3.0, 3.0], [3.0, 3.0]]
    assert flambeau.addmm(flambeau.ones(2, 2), nan, nan, alpha=0).tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert flambeau.addmv(flambeau.full((2,), float("nan")), a, flambeau.ones(3), beta=0).tolist() == [3.0, 3.0]


def test_factors_of_integers_are_cut():
    ones = flambeau.ones(2, 2, dtype=flambeau.int32)
    assert flambeau.addmm(ones, ones, ones, beta=0.5, alpha=2.5).tolist() == [[4, 4], [4, 4]]
    with pytest.raises(RuntimeError, match="must not be a floating point number"):
        flambeau.addr(ones, ones[0], ones[0], alpha=0.5)


def test_addr_of_truth_values():
    yes, no = flambeau.tensor([True, True]), flambeau.tensor([True, False])
    assert flambeau.addr(flambeau.zeros(2, 2, dtype=bool), yes, no).tolist() == [[True, False], [True, False]]
    assert flambeau.addr(flambeau.ones(2, 2, dtype=bool), yes, no, beta=False).tolist() == [[True, False], [True, False]]


def test_the_older_order_of_arguments():
    x, a, b = flambeau.ones(2, 2), flambeau.ones(2, 3), flambeau.ones(3, 2)
    with pytest.warns(UserWarning, match="deprecated"):
        assert flambeau.addmm(2, x, 3, a, b).tolist() == [[11.0, 11.0], [11.0, 11.0]]
    with pytest.warns(UserWarning, match="deprecated"):
        assert x.clone().addmm_(2, a, b).tolist() == [[5.0, 5.0], [5.0, 5.0]]


@pytest.mark.parametrize("call, words", [
    (lambda f: f.addmm(f.ones(2, 3), f.ones(2, 4), f.ones(5, 3)), "mat1 and mat2 shapes cannot be multiplied (2x4 and 5x3)"),
    (lambda f: f.addmm(f.ones(2, 3), f.ones(2, 4), f.ones(4, 2)), "The expanded size of the tensor (2) must match the existing size (3)"),
    (lambda f: f.addmm(f.ones(1, 1, 3), f.ones(2, 4), f.ones(4, 3)), "the number of sizes provided (2) must be greater or equal"),
    (lambda f: f.addmm(f.ones(3), f.ones(2, 4).double(), f.ones(4, 3)), "mat1 and mat2 must have the same dtype, but got Double and Float"),
    (lambda f: f.addmv(f.ones(3), f.ones(2, 4), f.ones(4)), "size mismatch, got input (3), mat (2x4), vec (4)"),
    (lambda f: f.baddbmm(f.ones(2, 2), f.ones(2, 2), f.ones(2, 2, 2)), "batch1 must be a 3D tensor"),
    (lambda f: f.mm(f.ones(2, 2).bool(), f.ones(2, 2).bool()), "not implemented for 'Bool'"),
    (lambda f: f.outer(f.ones(2, 2), f.ones(2)), "outer: Expected 1-D argument self, but got 2-D"),
    (lambda f: f.inner(f.ones(2, 3), f.ones(2, 2)), "inner() the last dimension must match"),
    (lambda f: f.vdot(f.ones(3), f.ones(2)), "inconsistent tensor size"),
    (lambda f: f.tensordot(f.ones(3, 3), f.ones(2, 3)), "contracted dimensions need to match, but first has size 3 in dim 0 and second has size 2 in dim 0"),
    (lambda f: f.tensordot(f.ones(3, 3), f.ones(2, 3), dims=3), "tensordot expects dims < ndim_a or ndim_b"),
    (lambda f: f.linalg.cross(f.ones(2), f.ones(2)), "inputs dimension -1 must have length 3"),
    (lambda f: f.trace(f.ones(2)), "trace: expected a matrix"),
    (lambda f: f.linalg.multi_dot([f.ones(3, 3)]), "expected at least 2 tensors but got 1"),
    (lambda f: f.linalg.multi_dot([f.ones(3, 3), f.ones(2, 3), f.ones(3)]), "tensors 0 and 1 with shapes [3, 3] and [2, 3] cannot be multiplied"),
    (lambda f: f.nn.functional.bilinear(f.ones(2, 3), f.ones(3, 4), f.ones(5, 3, 4)), "input batch dimensions do not match at dim 0: got 2 and 3"),
])
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(RuntimeError) as caught:
        call(flambeau)
    assert words in str(caught.value)


def test_cross_along_the_first_axis_of_three_is_deprecated():
    with pytest.warns(UserWarning, match="without specifying the dim"):
        found = flambeau.cross(flambeau.tensor([[1.0, 0, 0]]), flambeau.tensor([[0, 1.0, 0]]))
    assert found.tolist() == [[0.0, 0.0, 1.0]]


def test_distances_interpreted_and_compiled_are_the_same_of_near_huge_and_infinite_points():
    """From differences: by way of |x|² + |y|² - 2 x · y, near points lose all digits, and infinite ones are no numbers."""
    x = flambeau.tensor([[1000.0, 1000.0], [1e30, 0.0], [float("inf"), 0.0]])
    y = flambeau.tensor([[1000.0, 1000.001], [-1e30, 0.0], [0.0, 0.0]])
    for _ in range(4):                                  # seen for the first time it is interpreted, later compiled
        d = flambeau.cdist(x, y, compute_mode="use_mm_for_euclid_dist")
        assert d[0, 0].item() == abs(float(np.float32(1000.001)) - 1000.0)
        assert d[2].tolist() == [float("inf")] * 3 and d[1, 1].item() == float("inf")
