"""Slips that learners make with modules: each ends in a message that names the fix."""

import warnings

import pytest

import flambeau
from flambeau import nn


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(nn.Linear(28 * 28, 16), nn.ReLU(), nn.Linear(16, 10))

    def forward(self, x):
        return self.linear_relu_stack(x)


def test_image_that_is_not_flattened():
    with pytest.raises(RuntimeError) as raised:
        NeuralNetwork()(flambeau.ones(4, 1, 28, 28))
    message = str(raised.value)
    assert "in linear_relu_stack.0 (Linear)" in message and "nn.Flatten() is missing" in message
    assert "784" in message and "(4, 1, 28, 28)" in message and message.count("in linear_relu_stack") == 1 and "\n" not in message


def test_flatten_elsewhere():
    with pytest.raises(RuntimeError, match=r"nn.Flatten\(2\) is missing before it, which makes the input \(2, 3, 20\)"):
        nn.Linear(20, 1)(flambeau.ones(2, 3, 4, 5))
    with pytest.raises(RuntimeError) as raised:
        nn.Linear(7, 1)(flambeau.ones(2, 3))
    assert "Flatten" not in str(raised.value) and str(raised.value).endswith("(in Linear)")


def test_path_through_lists_and_hooks():
    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(2, 2)), nn.Sequential(nn.Linear(3, 2))])

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return x

    model = nn.Sequential(Deep())
    model.register_forward_pre_hook(lambda m, a: None)
    with pytest.raises(RuntimeError, match=r"\(in 0\.blocks\.1\.0 \(Linear\)\)"):
        model(flambeau.ones(1, 2))


def test_errors_of_the_program_stay_as_they_are():
    class Strict(nn.Module):
        def forward(self, x):
            raise ValueError("my own words")

    with pytest.raises(ValueError) as raised:
        nn.Sequential(Strict())(1)
    assert str(raised.value) == "my own words"


@pytest.mark.parametrize("name, meant", [("linar_relu_stack", "linear_relu_stack"), ("state_dit", "state_dict"), ("Flaten", "flatten")])
def test_misspelt_attribute(name, meant):
    with pytest.raises(AttributeError) as raised:
        getattr(NeuralNetwork(), name)
    assert str(raised.value) == f"'NeuralNetwork' object has no attribute '{name}'; did you mean `{meant}`?"
    assert not hasattr(NeuralNetwork(), name)


def test_unknown_attribute():
    with pytest.raises(AttributeError) as raised:
        NeuralNetwork().xyz  # noqa: B018
    assert str(raised.value) == "'NeuralNetwork' object has no attribute 'xyz'"


@pytest.mark.parametrize("name, words", [
    ("linear", "did you mean `nn.Linear` (the layer) or `nn.functional.linear`?"),
    ("relu", "`nn.ReLU` (the layer) or `nn.functional.relu`"),
    ("Lineer", "did you mean `nn.Linear` (the layer)?"),
    ("cross_entropy_loss", "`nn.CrossEntropyLoss` (the layer)"),
])
def test_misspelt_layer(name, words):
    with pytest.raises(AttributeError) as raised:
        getattr(nn, name)
    assert words in str(raised.value) and f"has no attribute '{name}'" in str(raised.value)


def test_error_inside_a_property_is_seen():
    class Odd(nn.Module):
        @property
        def size(self):
            return self.weihgt.shape

    with pytest.raises(AttributeError, match="has no attribute 'weihgt'"):
        Odd().size  # noqa: B018


class InList(nn.Module):
    def __init__(self, kind=list):
        super().__init__()
        layers = [nn.Linear(2, 2), nn.Linear(2, 2)]
        self.layers = layers if kind is list else tuple(layers) if kind is tuple else dict(enumerate(layers))

    def forward(self, x):
        return x


@pytest.mark.parametrize("kind, instead", [(list, "ModuleList"), (tuple, "ModuleList"), (dict, "ModuleDict")])
@pytest.mark.parametrize("use", [lambda m: list(m.parameters()), lambda m: m(flambeau.ones(1)), lambda m: list(nn.Sequential(m).parameters())])
def test_layers_in_a_list(kind, instead, use):
    model = InList(kind)
    with pytest.warns(UserWarning, match=rf"InList.layers is a plain {kind.__name__} with 2 modules .* nn.{instead}") as caught:
        use(model)
    assert caught[0].filename == __file__
    use(model)  # once is enough


def test_lists_that_are_fine():
    class Fine(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Linear(2, 2)
            self.all = [self.one, nn.ReLU()]
            self.later = []
            self.numbers = [1, 2]
            for _ in range(2):
                self.later.append(nn.Linear(2, 2))
            self.stack = nn.Sequential(*self.later)

        def forward(self, x):
            return x

    model = Fine()
    model(flambeau.ones(1))
    assert len(list(model.parameters())) == 6 and not model._call_slowly


def test_softmax_before_cross_entropy():
    loss, head = nn.CrossEntropyLoss(), nn.Sequential(nn.Linear(2, 3), nn.Softmax(dim=1))
    x, y = flambeau.ones(1, 2), flambeau.tensor([1])
    with pytest.warns(UserWarning, match="takes logits") as caught:
        loss(head(x), y)
    assert caught[0].filename == __file__
    loss(head(x), y)  # once is enough
    nn.CrossEntropyLoss()(head[0](x), y)
    nn.CrossEntropyLoss()(head(x).detach(), y)  # nothing is learned here


def test_backward_through_located_error_keeps_its_cause():
    with pytest.raises(RuntimeError) as raised:
        NeuralNetwork()(flambeau.ones(2, 5))
    assert type(raised.value) is RuntimeError and raised.value.__cause__ is None


def test_optional_reduction_warns():
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert nn.MSELoss(size_average=False).reduction == "sum"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert nn.MSELoss(reduce=False).reduction == "none" and nn.MSELoss(reduce=True).reduction == "mean"
