"""The slips that a learner really made: each ends in an error, or a warning, that names the fix."""
from __future__ import annotations

import pickle

import numpy as np
import pytest

import flambeau as torch
from flambeau import nn
from flambeau.utils.data import DataLoader, Dataset
from flambeau.vision import datasets
from flambeau.vision.transforms import ToTensor


class NeuralNetwork(nn.Module):
    """The tutorial's network; `slip` misspells a part."""

    def __init__(self, slip: bool = False, flat: bool = True):
        super().__init__()
        self.slip = slip
        self.flatten = nn.Flatten() if flat else nn.Identity()
        self.linear_relu_stack = nn.Sequential(nn.Linear(28 * 28, 16), nn.ReLU(), nn.Linear(16, 10))

    def forward(self, x):
        x = self.flatten(x)
        return self.linar_relu_stack(x) if self.slip else self.linear_relu_stack(x)


def test_cuda_is_available_with_an_underscore():
    with pytest.raises(AttributeError, match=r"did you mean `torch\.cuda\.is_available`\?"):
        torch.cuda_is_available()


def test_linear_in_small_letters():
    with pytest.raises(AttributeError, match=r"did you mean `nn\.Linear` \(the layer\) or `nn\.functional\.linear`\?"):
        nn.linear(512, 512)


def test_a_misspelt_part():
    with pytest.raises(AttributeError, match=r"'NeuralNetwork' object has no attribute 'linar_relu_stack'; did you mean `linear_relu_stack`\?"):
        NeuralNetwork(slip=True)(torch.rand(2, 1, 28, 28))


def test_the_test_set_is_the_training_set():
    def data():
        return DataLoader(datasets.FashionMNISTSample(train=True, transform=ToTensor()), batch_size=500)
    train_loader, test_loader = data(), data()                              # both with train=True
    model = NeuralNetwork()
    optimizer, loss_fn = torch.optim.SGD(model.parameters(), lr=1e-3), nn.CrossEntropyLoss()
    model.train()
    for X, y in train_loader:
        loss_fn(model(X), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    with pytest.warns(UserWarning, match="the test set is the training set"), torch.no_grad():
        for X, _ in test_loader:
            model(X)


def test_a_function_asked_of_a_tensor():
    y1 = torch.ones(2, 2)
    with pytest.raises(AttributeError, match=r"Tensor' object has no attribute 'rand_like'.*torch\.rand_like\("):
        y1.rand_like(y1)


@pytest.mark.parametrize("use", [lambda n: torch.from_numpy(n), lambda n: torch.ones(5) + n, lambda n: torch.ones(5) * n])
def test_numpy_without_parentheses(use):
    t = torch.ones(5)
    with pytest.raises(TypeError, match="call it"):
        use(t.numpy)


def test_getitem_without_an_index():
    class Custom(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self):
            return 1
    with pytest.raises(TypeError, match=r"Custom.*__getitem__.*index"):
        next(iter(DataLoader(Custom(), batch_size=2)))


def test_a_dataset_without_a_length():
    class Custom(Dataset):
        def __getitem__(self, idx):
            return idx
    with pytest.raises(TypeError, match=r"Custom.*__len__"):
        DataLoader(Custom(), batch_size=2, shuffle=True)
    with pytest.raises(TypeError, match=r"Custom.*__len__"):
        next(iter(DataLoader(Custom(), batch_size=2)))


def test_an_image_that_was_not_flattened():
    model = NeuralNetwork(flat=False)
    with pytest.raises(RuntimeError) as caught:
        model(torch.rand(64, 1, 28, 28))
    message = str(caught.value)
    for part in ("linear_relu_stack.0 (Linear)", "784", "28", "nn.Flatten()", "(64, 1, 28, 28)"):
        assert part in message, message


@pytest.mark.parametrize("target, error, words", [
    (torch.zeros(4), RuntimeError, ("Long", "class numbers", ".long()")),
    (torch.zeros(4, 5, dtype=torch.int64), RuntimeError, ("probabilities", "argmax")),
    (torch.zeros(4, 3), RuntimeError, ("(4, 5)", "(4, 3)")),
    (torch.zeros(3, dtype=torch.int64), ValueError, ("batch_size (4)", "(3)")),
    (torch.full((4,), 5), IndexError, ("Target 5 is out of bounds", "0 … 4")),
])
def test_labels_that_do_not_fit(target, error, words):
    with pytest.raises(error) as caught:
        nn.CrossEntropyLoss()(torch.rand(4, 5), target)
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.uint8])
def test_other_integer_labels_are_accepted(dtype):
    logits, labels = torch.rand(4, 5), torch.tensor([1, 0, 4, 2])
    assert nn.CrossEntropyLoss()(logits, labels.to(dtype)).item() == nn.CrossEntropyLoss()(logits, labels).item()


def test_softmax_before_cross_entropy():
    model = nn.Sequential(nn.Linear(3, 4), nn.Softmax(dim=1))
    with pytest.warns(UserWarning, match="logits"):
        nn.CrossEntropyLoss()(model(torch.rand(2, 3)), torch.tensor([0, 1]))


def test_mse_of_shapes_that_broadcast():
    with pytest.warns(UserWarning) as caught:
        nn.MSELoss()(torch.rand(8, 1), torch.rand(8))
    message = str(caught[0].message)
    assert "8, 1" in message and "8, 8" in message, message


def test_layers_in_a_plain_list():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(2, 2), nn.Linear(2, 2)]

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x
    with pytest.warns(UserWarning, match=r"layers.*nn\.ModuleList"):
        Plain()(torch.rand(1, 2))
    with pytest.warns(UserWarning, match=r"nn\.ModuleList"):
        list(Plain().parameters())


def test_two_devices():
    here, there = torch.rand(3), torch.empty(3, device="meta")
    with pytest.raises(RuntimeError) as caught:
        here + there
    message = str(caught.value)
    for part in ("argument 0 is on cpu", "argument 1 is on meta", ".to('cpu')"):
        assert part in message, message
    with pytest.raises(TypeError, match=r"\.cpu\(\)"):
        there.numpy()
    with pytest.raises(AssertionError, match="no backend for device 'cuda'"):
        here.to("cuda")


def test_numpy_of_a_tensor_that_requires_grad():
    with pytest.raises(RuntimeError, match=r"requires grad.*tensor\.detach\(\)\.numpy\(\)"):
        torch.ones(2, requires_grad=True).numpy()
    with pytest.raises(RuntimeError, match="requires grad"):
        np.asarray(torch.ones(2, requires_grad=True) * 2)


def test_backward_twice_and_without_grad():
    x = torch.ones(2, requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match=r"second time.*retain_graph=True"):
        loss.backward()
    with pytest.raises(RuntimeError, match=r"does not require grad.*requires_grad=True"):
        torch.ones(2).sum().backward()
    with pytest.raises(RuntimeError, match=r"scalar outputs.*gradient="):
        (x * x).backward()


def test_forgetting_zero_grad_is_legal_and_adds_up():
    x = torch.ones(2, requires_grad=True)
    for k in range(1, 4):
        (3 * x).sum().backward()
        assert x.grad.tolist() == [3 * k] * 2


def test_a_guess_at_the_name_is_made_only_for_who_reads_it(monkeypatch):
    monkeypatch.setattr("flambeau.core.suggest.edit_distance", lambda *_: pytest.fail("a guess was made"))
    assert not hasattr(torch, "reluu") and not hasattr(torch.ones(1), "reluu") and not hasattr(torch.nn.functional, "reluu")
    monkeypatch.undo()
    for place in (torch, torch.ones(1), torch.nn.functional):
        with pytest.raises(AttributeError, match=r"no attribute 'reluu'; did you mean `.*relu`") as caught:
            place.reluu  # noqa: B018 - that it is not there is the point
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
