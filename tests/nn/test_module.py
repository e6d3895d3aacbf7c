"""Module: registration, the tables and the attributes that mirror them, state dicts, copies, conversions, printing."""

import copy
import gc
import pickle
import weakref
from collections import OrderedDict

import pytest

import flambeau
from flambeau import nn


class Leaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(flambeau.ones(2))
        self.register_buffer("count", flambeau.zeros(1))
        self.register_buffer("cache", flambeau.zeros(1), persistent=False)

    def forward(self, x):
        return x * self.weight


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = Leaf()
        self.right = Leaf()
        self.scale = nn.Parameter(flambeau.full((1,), 3.0))

    def forward(self, x):
        return self.right(self.left(x)) * self.scale


def names(pairs):
    return [name for name, _ in pairs]


class TestAttributes:
    """What is registered is a plain attribute, however it got into its table or out of it."""

    def test_in_dict(self):
        net = Net()
        assert net.__dict__["scale"] is net._parameters["scale"] is net.scale
        assert net.__dict__["left"] is net._modules["left"] is net.left
        assert net.left.__dict__["count"] is net.left._buffers["count"]

    @pytest.mark.parametrize("write", [
        lambda m, p: m._parameters.__setitem__("weight", p),
        lambda m, p: m._parameters.update(weight=p),
        lambda m, p: m._parameters.__ior__({"weight": p}),
        lambda m, p: (m._parameters.pop("weight"), m._parameters.setdefault("weight", p)),
        lambda m, p: setattr(m, "weight", p),
        lambda m, p: m.register_parameter("weight", p),
        lambda m, p: setattr(m, "_parameters", {"weight": p}),
        lambda m, p: m.__dict__.update(_parameters={"weight": p}) or m.__dict__.pop("weight"),
    ])
    def test_written_to(self, write):
        module, new = Leaf(), nn.Parameter(flambeau.zeros(2))
        write(module, new)
        assert module.weight is new
        assert list(module.parameters()) == [new]

    @pytest.mark.parametrize("take", [
        lambda m: m._parameters.pop("weight"),
        lambda m: m._parameters.__delitem__("weight"),
        lambda m: m._parameters.clear(),
        lambda m: m._parameters.popitem(),
        lambda m: delattr(m, "weight"),
        lambda m: setattr(m, "_parameters", {}),
    ])
    def test_taken_out(self, take):
        module = Leaf()
        take(module)
        assert not hasattr(module, "weight")
        assert list(module.parameters()) == []

    def test_modules_by_table(self):
        net, new = Net(), Leaf()
        net._modules["extra"] = new
        assert net.extra is new and names(net.named_children()) == ["left", "right", "extra"]

    def test_what_a_class_defines_comes_first(self):
        class Odd(nn.Module):
            layer = None

        odd = Odd()
        odd.layer = Leaf()
        assert odd.layer is None and names(odd.named_children()) == ["layer"]

    def test_our_own_method_names_can_be_used(self):
        net = Net()
        net.summary = Leaf()
        assert isinstance(net.summary, Leaf)
        other = Net()
        other.register_parameter("summary", nn.Parameter(flambeau.ones(1)))
        assert other.summary.shape == (1,)

    def test_kinds_replace_each_other(self):
        module = Leaf()
        module.count = nn.Parameter(flambeau.ones(1))
        assert names(module.named_parameters()) == ["weight", "count"] and names(module.named_buffers()) == ["cache"]
        module.cache = Leaf()
        assert "cache" not in module._non_persistent_buffers_set and names(module.named_children()) == ["cache"]
        module.plain = 1
        module.plain = nn.Parameter(flambeau.ones(1))
        assert "plain" in module._parameters

    def test_wrong_kinds(self):
        net = Net()
        with pytest.raises(TypeError, match="cannot assign 'int' as parameter 'scale'"):
            net.scale = 1
        with pytest.raises(TypeError, match="cannot assign 'int' as child module 'left'"):
            net.left = 1
        with pytest.raises(TypeError, match="cannot assign 'str' as buffer 'count'"):
            net.left.count = "x"
        net.scale = net.left.count = None
        net.left = None
        assert names(net.named_parameters()) == ["right.weight"] and "scale" in net._parameters

    def test_buffer_class(self):
        module = nn.Module()
        module.mean = nn.Buffer(flambeau.zeros(2))
        module.seen = nn.Buffer(flambeau.zeros(2), persistent=False)
        assert isinstance(module.mean, nn.Buffer) and not isinstance(flambeau.zeros(1), nn.Buffer)
        assert list(module.state_dict()) == ["mean"] and names(module.named_buffers()) == ["mean", "seen"]
        module.seen = flambeau.ones(2)
        assert "seen" in module._non_persistent_buffers_set

    @pytest.mark.parametrize("assign, says", [
        (lambda m: setattr(m, "p", nn.Parameter(flambeau.ones(1))), "cannot assign parameters before Module.__init__"),
        (lambda m: setattr(m, "m", Leaf()), "cannot assign module before Module.__init__"),
        (lambda m: m.register_buffer("b", None), "cannot assign buffer before Module.__init__"),
        (lambda m: m.register_parameter("p", None), "cannot assign parameter before Module.__init__"),
    ])
    def test_before_init(self, assign, says):
        class Early(nn.Module):
            def __init__(self):
                assign(self)

        with pytest.raises(AttributeError, match=says):
            Early()

    @pytest.mark.parametrize("name, error", [("a.b", KeyError), ("", KeyError), ("forward", KeyError), (1, TypeError)])
    def test_names(self, name, error):
        for register in (nn.Module.add_module, nn.Module.register_parameter, nn.Module.register_buffer):
            with pytest.raises(error):
                register(nn.Module(), name, None)

    def test_parameters_are_leaves(self):
        computed = nn.Parameter(flambeau.ones(1)) * 2
        with pytest.raises(TypeError, match="Parameter or None required"):
            nn.Module().register_parameter("w", computed)

    def test_arguments_of_init(self):
        with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
            nn.Module(size=1)
        with pytest.raises(TypeError, match="takes 1 positional argument but 3 were given"):
            nn.Module(1, 2)

    def test_call_super_init(self):
        class Base:
            def __init__(self, value):
                self.value = value

        class Both(nn.Module, Base):
            call_super_init = True

        assert Both(7).value == 7

    def test_dir(self):
        listed = dir(Net())
        assert {"left", "scale", "forward", "training"} <= set(listed) and len(listed) == len(set(listed))

    def test_freed_without_the_garbage_collector(self):
        gc.disable()
        try:
            net = Net()
            net(flambeau.ones(2))
            alive = weakref.ref(net), weakref.ref(net.left.weight)
            del net
            assert [reference() for reference in alive] == [None, None]
        finally:
            gc.enable()


class TestTree:
    def test_walks(self):
        net = Net()
        net.again = net.left
        assert names(net.named_modules()) == ["", "left", "right"]
        assert names(net.named_modules(remove_duplicate=False)) == ["", "left", "right", "again"]
        assert names(net.named_parameters(prefix="net")) == ["net.scale", "net.left.weight", "net.right.weight"]
        assert names(net.named_parameters(recurse=False)) == ["scale"]
        assert names(net.named_buffers()) == ["left.count", "left.cache", "right.count", "right.cache"]
        assert len(list(net.children())) == 2 and len(list(net.modules())) == 3

    def test_by_path(self):
        net = Net()
        assert net.get_submodule("left") is net.left and net.get_submodule("") is net
        assert net.get_parameter("left.weight") is net.left.weight
        assert net.get_buffer("left.count") is net.left.count
        for call, name in ((net.get_submodule, "middle"), (net.get_submodule, "left.weight"), (net.get_parameter, "left.count"),
                           (net.get_buffer, "left.weight"), (net.get_parameter, "left.nothing")):
            with pytest.raises(AttributeError):
                call(name)

    def test_set_submodule(self):
        net, new = Net(), Leaf()
        net.set_submodule("left", new)
        net.set_submodule("right.inner", Leaf())
        assert net.left is new and names(net.right.named_children()) == ["inner"]
        with pytest.raises(AttributeError):
            net.set_submodule("right.other", Leaf(), strict=True)
        with pytest.raises(ValueError):
            net.set_submodule("", Leaf())
        with pytest.raises(ValueError):
            net.set_submodule("left", 3)

    def test_train_apply_freeze(self):
        net, seen = Net(), []
        assert net.eval() is net and not net.left.training
        assert net.apply(lambda m: seen.append(type(m).__name__)) is net
        assert seen == ["Leaf", "Leaf", "Net"]
        assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())
        with pytest.raises(ValueError, match="boolean"):
            net.train("yes")

    def test_zero_grad(self):
        net = Net()
        net(flambeau.ones(2)).sum().backward()
        net.zero_grad(set_to_none=False)
        assert net.scale.grad.tolist() == [0.0]
        net.zero_grad()
        assert net.scale.grad is None


class TestState:
    def test_contents(self):
        net = Net()
        state = net.state_dict()
        assert list(state) == ["scale", "left.weight", "left.count", "right.weight", "right.count"]
        assert isinstance(state, OrderedDict) and state._metadata == {"": {"version": 1}, "left": {"version": 1}, "right": {"version": 1}}
        assert not state["scale"].requires_grad and net.state_dict(keep_vars=True)["scale"] is net.scale
        with flambeau.no_grad():
            net.scale.fill_(5)
        assert state["scale"].item() == 5
        assert list(net.left.state_dict(prefix="x.")) == ["x.weight", "x.count"]
        into = {}
        assert net.state_dict(destination=into) is into

    def test_load(self):
        net, other = Net(), Net()
        other.scale.data.fill_(9)
        assert str(net.load_state_dict(other.state_dict())) == "<All keys matched successfully>"
        assert net.scale.item() == 9 and net.scale is not other.scale

    def test_load_in_part(self):
        result = Net().load_state_dict({"scale": flambeau.ones(1), "junk": flambeau.ones(1)}, strict=False)
        assert result.unexpected_keys == ["junk"] and "left.weight" in result.missing_keys
        assert repr(result).startswith("_IncompatibleKeys(missing_keys=")

    def test_load_errors(self):
        state = Leaf().state_dict()
        state["other"] = state.pop("count")
        state["weight"] = flambeau.ones(3)
        with pytest.raises(RuntimeError) as raised:
            Leaf().load_state_dict(state)
        assert str(raised.value) == (
            'Error(s) in loading state_dict for Leaf:\n\tMissing key(s) in state_dict: "count". \n\tUnexpected key(s) in state_dict: '
            '"other". \n\tsize mismatch for weight: copying a param with shape torch.Size([3]) from checkpoint, the shape in current '
            "model is torch.Size([2]).")
        with pytest.raises(TypeError, match="dict-like"):
            Leaf().load_state_dict([1])
        with pytest.raises(RuntimeError, match="expected torch.Tensor"):
            Leaf().load_state_dict({"weight": 1, "count": flambeau.zeros(1)})

    def test_scalars_were_vectors_once(self):
        module = nn.Module()
        module.p = nn.Parameter(flambeau.tensor(0.0))
        module.load_state_dict({"p": flambeau.tensor([4.0])})
        assert module.p.item() == 4

    def test_assign(self):
        module, given = Leaf(), flambeau.zeros(2, dtype=flambeau.float64)
        module.load_state_dict({"weight": given, "count": flambeau.zeros(1)}, assign=True)
        assert isinstance(module.weight, nn.Parameter) and module.weight.dtype == flambeau.float64
        assert module.weight.data_ptr() == given.data_ptr()

    def test_extra_state(self):
        class Extra(nn.Module):
            value = 1

            def get_extra_state(self):
                return {"value": self.value}

            def set_extra_state(self, state):
                self.value = state["value"]

        module = nn.Sequential(Extra())
        module[0].value = 5
        state = module.state_dict()
        assert state == {"0._extra_state": {"value": 5}}
        fresh = nn.Sequential(Extra())
        fresh.load_state_dict(state)
        assert fresh[0].value == 5
        with pytest.raises(RuntimeError, match="Missing key"):
            fresh.load_state_dict({})
        with pytest.raises(RuntimeError, match="Unexpected key"):
            nn.Sequential(nn.Identity()).load_state_dict(state)

    def test_hooks(self):
        module, log = Leaf(), []
        module.register_state_dict_pre_hook(lambda m, prefix, keep: log.append(("pre", prefix)))
        module.register_state_dict_post_hook(lambda m, state, prefix, meta: log.append(state.pop(prefix + "count").item()))
        module.register_load_state_dict_pre_hook(lambda m, state, *rest: state.update(count=flambeau.ones(1)))
        module.register_load_state_dict_post_hook(lambda m, keys: log.append(("post", keys.missing_keys)))
        state = module.state_dict()
        assert list(state) == ["weight"]
        module.load_state_dict(state)
        assert log == [("pre", ""), 0.0, ("post", [])] and module.count.item() == 1

        def replaces(module, state, prefix, meta):
            return {"all": 1}

        module._register_state_dict_hook(replaces)
        assert module.state_dict() == {"all": 1}
        module.register_state_dict_post_hook(lambda *a: 1)
        with pytest.raises(RuntimeError, match="must return None"):
            module.state_dict()


class TestCopies:
    def test_deepcopy(self):
        net = Net()
        net.tied = net.left
        twin = copy.deepcopy(net)
        assert twin.left is twin.tied is twin._modules["left"] and twin.left is not net.left
        assert twin.left.weight is twin.left._parameters["weight"]
        twin.left.weight = nn.Parameter(flambeau.zeros(2))
        assert net.left.weight.tolist() == [1, 1] and twin.tied.weight.tolist() == [0, 0]

    def test_shallow(self):
        net = Net()
        twin = copy.copy(net)
        assert twin.left is net.left
        twin.scale = nn.Parameter(flambeau.zeros(1))
        assert twin.scale.item() == 0 and net.scale.item() == 3

    def test_pickle(self):
        net = Net().eval()
        twin = pickle.loads(pickle.dumps(net))
        assert flambeau.equal(twin(flambeau.ones(2)), net(flambeau.ones(2))) and not twin.training
        assert type(twin.scale) is nn.Parameter and twin.scale.requires_grad
        twin._parameters["scale"] = None
        assert twin.scale is None

    def test_state_is_pytorchs(self):
        state = Net().__getstate__()
        assert "scale" not in state and type(state["_parameters"]) is dict and list(state["_modules"]) == ["left", "right"]

    def test_parameter(self):
        p = nn.Parameter(flambeau.ones(2), requires_grad=False)
        p.note = "kept"
        twin = pickle.loads(pickle.dumps(p))
        assert twin.note == "kept" and not twin.requires_grad and type(twin) is nn.Parameter
        assert type(copy.deepcopy(p)) is nn.Parameter and type(p * 2) is flambeau.Tensor
        assert repr(nn.Parameter(flambeau.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
        with pytest.raises(AttributeError, match="wrap it"):
            nn.Parameter([1.0])
        with pytest.raises(RuntimeError):
            nn.Parameter(flambeau.ones(1, dtype=flambeau.int64))


class TestConversion:
    @pytest.mark.parametrize("convert", [
        lambda m: m.double(),
        lambda m: m.to(flambeau.float64),
        lambda m: m.to(dtype=flambeau.float64),
        lambda m: m.to("cpu", flambeau.float64),
        lambda m: m.to(flambeau.zeros(1, dtype=flambeau.float64)),
        lambda m: m.type(flambeau.float64),
    ])
    def test_dtype(self, convert):
        net = Net()
        before = net.scale
        net(flambeau.ones(2)).sum().backward()
        assert convert(net) is net and net.scale is before
        assert {t.dtype for t in (*net.parameters(), *net.buffers(), net.scale.grad)} == {flambeau.float64}

    def test_integers_stay(self):
        module = nn.BatchNorm1d(2).half()
        assert module.num_batches_tracked.dtype == flambeau.int64 and module.weight.dtype == flambeau.float16
        assert module.bfloat16().running_mean.dtype == flambeau.bfloat16 and module.float().weight.dtype == flambeau.float32

    @pytest.mark.parametrize("arguments", [("float32", 1, 2, 3, 4), (flambeau.float32, flambeau.float32, 3, 4), ([],)])
    def test_wrong_arguments(self, arguments):
        with pytest.raises(TypeError):
            Net().to(*arguments)

    def test_integer_dtype(self):
        with pytest.raises(TypeError, match="only accepts floating point or complex"):
            Net().to(flambeau.int32)

    def test_meta(self):
        module = nn.Linear(2, 3, device="meta")
        assert module.weight.is_meta
        with pytest.raises(NotImplementedError, match="to_empty"):
            module.to("cpu")
        module.to_empty(device="cpu")
        assert not module.weight.is_meta and module.weight.requires_grad and isinstance(module.weight, nn.Parameter)


class TestPrinting:
    def test_repr(self):
        class Said(nn.Module):
            def extra_repr(self):
                return "a=1\nb=2"

        assert repr(nn.Module()) == "Module()" and repr(Leaf()) == "Leaf()"
        assert repr(Said()) == "Said(\n  a=1\n  b=2\n)"
        assert repr(nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.ReLU()))) == (
            "Sequential(\n  (0): Linear(in_features=1, out_features=2, bias=True)\n  (1): Sequential(\n    (0): ReLU()\n  )\n)")
        net = Net()
        net.left = None
        assert repr(net) == "Net(\n  (left): None\n  (right): Leaf()\n)"


def test_missing_forward():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


def test_forward_can_be_replaced():
    module = Leaf()
    module.forward = lambda x: x + 1
    assert module(flambeau.ones(1)).item() == 2


@pytest.mark.parametrize("call", [
    lambda m: m(1, 2), lambda m: m(1, y=2), lambda m: m(x=1, y=2), lambda m: m(*[1, 2]),
])
def test_ways_to_call(call):
    class Two(nn.Module):
        def forward(self, x, y=0):
            return x, y

    assert call(Two()) == (1, 2)
    assert Two()(5) == (5, 0)


def test_no_arguments():
    class Zero(nn.Module):
        def forward(self):
            return "called"

    assert Zero()() == "called"


def test_factory_kwargs():
    assert nn.factory_kwargs({"dtype": 1, "factory_kwargs": {"device": 2}}) == {"dtype": 1, "device": 2}
    with pytest.raises(TypeError, match="unexpected"):
        nn.factory_kwargs({"size": 1})
    with pytest.raises(TypeError, match="twice"):
        nn.factory_kwargs({"dtype": 1, "factory_kwargs": {"dtype": 2}})
