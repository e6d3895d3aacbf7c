"""What programs that walk the graph see, and graphs that serve several times."""
import pytest

import flambeau as torch
from flambeau.autograd import forward_ad


def names(node):
    """The node's name, and those of the nodes that it hands gradients to."""
    return node.name(), *[None if n is None else n.name() for n, _ in node.next_functions]


def test_a_number_on_the_left_comes_second_in_the_graph():
    x = torch.ones(3, requires_grad=True)
    leaf = "torch::autograd::AccumulateGrad"
    for left, right, name in ((2 * x, x * 2, "MulBackward0"), (2 + x, x + 2, "AddBackward0")):
        assert names(left.grad_fn) == names(right.grad_fn) == (name, leaf, None)
    assert names((torch.tensor(2.0) * x).grad_fn) == ("MulBackward0", None, leaf)
    (torch.tensor(5) + 2 * x + (1 + x)).sum().backward()
    assert x.grad.tolist() == [3.0] * 3


def test_the_samples_of_vmap_share_a_graph_that_was_made_outside():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x ** 2
    jacobian = torch.vmap(lambda v: torch.autograd.grad(y, x, v)[0])(torch.eye(3))
    assert torch.equal(jacobian, torch.diag(2 * x.detach()))
    torch.autograd.grad(y.sum(), x)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(y.sum(), x)


def test_a_tangent_of_another_dtype():
    primal, tangent = torch.ones(3, dtype=torch.float64), torch.full((3,), 2.0)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(primal, tangent)
        assert forward_ad.unpack_dual(dual).tangent.dtype is torch.float32
        found = forward_ad.unpack_dual(dual * 3).tangent
        assert found.dtype is torch.float64 and found.tolist() == [6.0] * 3
