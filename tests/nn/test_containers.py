"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from collections import OrderedDict

import pytest

import flambeau
from flambeau import nn


def kinds(modules):
    return [type(module).__name__ for module in modules]


class TestSequential:
    def test_names_and_call(self):
        chain = nn.Sequential(OrderedDict([("a", nn.Flatten(0)), ("b", nn.ReLU())]))
        assert chain.a is chain[0] and chain[-1] is chain.b and len(chain) == 2
        assert chain(flambeau.tensor([[-1.0], [2.0]])).tolist() == [0, 2]
        assert nn.Sequential()(5) == 5

    def test_slices(self):
        chain = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
        assert kinds(chain[1:]) == ["Tanh", "Sigmoid"] and list(chain[1:]._modules) == ["1", "2"]
        with pytest.raises(IndexError):
            chain[3]
        with pytest.raises(IndexError):
            chain[-4]

    def test_changes(self):
        chain = nn.Sequential(nn.ReLU(), nn.Tanh())
        assert chain.append(nn.Sigmoid()) is chain and chain.insert(1, nn.Identity()) is chain and chain.extend([nn.ELU()]) is chain
        assert kinds(chain) == ["ReLU", "Identity", "Tanh", "Sigmoid", "ELU"]
        assert type(chain.pop(0)) is nn.ReLU and list(chain._modules) == ["0", "1", "2", "3"]
        del chain[1:3]
        chain[0] = nn.GELU()
        assert kinds(chain) == ["GELU", "ELU"] and getattr(chain, "1") is chain[1]
        assert not hasattr(chain, "2")
        for wrong, error in ((lambda: chain.insert(0, 3), AssertionError), (lambda: chain.insert(9, nn.ReLU()), IndexError)):
            with pytest.raises(error):
                wrong()

    def test_arithmetic(self):
        chain = nn.Sequential(nn.ReLU()) + nn.Sequential(nn.Tanh())
        assert kinds(chain) == ["ReLU", "Tanh"] and kinds(chain * 2) == kinds(2 * chain) == ["ReLU", "Tanh"] * 2
        chain += nn.Sequential(nn.ELU())
        chain *= 2
        assert kinds(chain) == ["ReLU", "Tanh", "ELU"] * 2
        for wrong, error in ((lambda: chain + [nn.ReLU()], ValueError), (lambda: chain * 0, ValueError), (lambda: chain * "2", TypeError)):
            with pytest.raises(error):
                wrong()

    def test_no_modules(self):
        with pytest.raises(TypeError, match="is not a Module subclass"):
            nn.Sequential(nn.ReLU(), flambeau.relu)


class TestModuleList:
    def test_like_a_list(self):
        layers = nn.ModuleList([nn.ReLU(), nn.Tanh()])
        layers += [nn.ELU()]
        layers.insert(0, nn.Identity())
        assert kinds(layers) == ["Identity", "ReLU", "Tanh", "ELU"] and layers[-1] is layers[3] and len(layers[1:]) == 3
        assert kinds(layers + [nn.GELU()])[-1] == "GELU" and kinds([layers.pop(1)]) == ["ReLU"]
        del layers[0]
        layers[1] = nn.Sigmoid()
        assert kinds(layers) == ["Tanh", "Sigmoid"] and list(layers._modules) == ["0", "1"]
        assert not any(name.isdigit() for name in dir(layers))
        with pytest.raises(TypeError, match="iterable"):
            layers.extend(3)
        with pytest.raises(NotImplementedError):
            layers(1)

    def test_repr_counts_equals(self):
        assert repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])) == "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n)"
        assert repr(nn.ModuleList()) == "ModuleList()"


class TestModuleDict:
    def test_like_a_dict(self):
        layers = nn.ModuleDict({"a": nn.ReLU()})
        layers["b"] = nn.Tanh()
        layers.update([("c", nn.ELU())])
        layers.update(nn.ModuleDict({"d": nn.GELU()}))
        assert list(layers) == list(layers.keys()) == ["a", "b", "c", "d"] and "a" in layers and len(layers) == 4
        assert kinds(layers.values()) == ["ReLU", "Tanh", "ELU", "GELU"] and dict(layers.items())["b"] is layers["b"] is layers.b
        assert type(layers.pop("a")) is nn.ReLU and not hasattr(layers, "a")
        del layers["b"]
        layers.clear()
        assert len(layers) == 0 and not hasattr(layers, "c")
        with pytest.raises(KeyError):
            layers["zz"]

    @pytest.mark.parametrize("wrong, error", [
        (3, TypeError), ([3], TypeError), ([("a", nn.ReLU(), 1)], ValueError), ({"a": 1}, TypeError), ({"keys": nn.ReLU()}, KeyError),
    ])
    def test_wrong(self, wrong, error):
        with pytest.raises(error):
            nn.ModuleDict().update(wrong)


class TestParameterList:
    def test_like_a_list(self):
        values = nn.ParameterList([flambeau.ones(1), "text"])
        values.append(nn.Parameter(flambeau.zeros(2)))
        values += [flambeau.full((3,), 2.0)]
        assert [type(v).__name__ for v in values] == ["Parameter", "str", "Parameter", "Parameter"]
        assert list(values.state_dict()) == ["0", "2", "3"] and len(values[1:3]) == 2 and values[-1] is values[3]
        values[0] = flambeau.zeros(1)
        assert isinstance(values[0], nn.Parameter) and len(list(values.parameters())) == 3
        assert repr(values) == (
            "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 1]\n    (1): Object of type: str\n"
            "    (2): Parameter containing: [torch.float32 of size 2]\n    (3): Parameter containing: [torch.float32 of size 3]\n)")
        for wrong, error in ((lambda: values[4], IndexError), (lambda: values.extend(flambeau.ones(2)), TypeError),
                             (lambda: values(1), RuntimeError)):
            with pytest.raises(error):
                wrong()


class TestParameterDict:
    def test_like_a_dict(self):
        values = nn.ParameterDict({"b": flambeau.ones(1), "a": flambeau.zeros(1)})
        assert list(values) == ["a", "b"]  # a plain mapping is sorted
        values["c"] = "text"
        assert "c" in values and values.get("x", 5) == 5 and values.setdefault("d", flambeau.ones(2)).shape == (2,)
        assert list(values.state_dict()) == ["a", "b", "d"] and list(reversed(values)) == ["d", "c", "b", "a"]
        assert values.popitem()[0] == "d" and values.pop("c") == "text" and len(values) == 2
        both = values | nn.ParameterDict({"z": flambeau.ones(1)})
        assert list(both) == ["a", "b", "z"] and both.a is values.a
        both |= OrderedDict(y=flambeau.ones(1))
        assert list(both.keys()) == ["a", "b", "z", "y"] and len(list(both.values())) == 4
        assert list(values.fromkeys(["p", "q"], 1).items()) == [("p", 1), ("q", 1)]
        assert repr(values) == (
            "ParameterDict(\n    (a): Parameter containing: [torch.FloatTensor of size 1]\n"
            "    (b): Parameter containing: [torch.FloatTensor of size 1]\n)")
        values.clear()
        assert list(values.parameters()) == []

    @pytest.mark.parametrize("wrong, error", [(3, TypeError), ([3], TypeError), ([(1,)], ValueError), ({1: flambeau.ones(1)}, TypeError)])
    def test_wrong(self, wrong, error):
        with pytest.raises(error):
            nn.ParameterDict().update(wrong)


def test_container():
    with pytest.warns(FutureWarning):
        assert kinds(nn.Container(a=nn.ReLU()).children()) == ["ReLU"]
