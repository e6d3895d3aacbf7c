"""The names that programs and libraries touch beside the operators: settings, devices that are not there, refusals, versions."""
import importlib
import subprocess
import sys

import pytest

import flambeau as torch
from flambeau.torch_version import TorchVersion

MODULES = """
_C _dynamo _dynamo.config _inductor.config _utils __config__ __future__ accelerator amp.autocast_mode amp.grad_scaler autograd.forward_ad
autograd.profiler backends.cpu backends.cuda backends.cudnn backends.mha backends.mkl backends.mkldnn backends.mps backends.openmp
backends.opt_einsum backends.quantized compiler cpu cpu.amp cuda cuda.amp cuda.amp.autocast_mode cuda.amp.grad_scaler cuda.memory cuda.nvtx
cuda.random distributed distributions fft func functional futures fx hub jit linalg mps multiprocessing nn.functional nn.utils.rnn onnx
optim.lr_scheduler overrides profiler random return_types serialization sparse special testing torch_version types utils._pytree
utils.backcompat utils.benchmark utils.checkpoint utils.collect_env utils.cpp_extension utils.data utils.deterministic utils.dlpack
utils.hooks utils.mobile_optimizer utils.model_zoo utils.tensorboard utils.weak version
""".split()


@pytest.mark.parametrize("name", MODULES)
def test_it_is_a_module_and_an_attribute(name):
    module = importlib.import_module(f"flambeau.{name}")
    found = torch
    for part in name.split("."):
        found = getattr(found, part)
    assert found is module and module.__doc__


class TestVersion:
    def test_comparisons(self):
        version = TorchVersion("2.13.0+flambeau")
        assert version >= "1.10" and version > (2, 1) and version < "2.14.0" and version < (3,) and version > "2.13.0" and version != "2.13.0"
        assert TorchVersion("1.10.0a0") < "1.10" < TorchVersion("1.10.1") and TorchVersion("1.0.post1") > "1.0+x"
        assert TorchVersion("1.0.dev1") < "1.0a1" < TorchVersion("1.0b2") < "1.0rc1" < TorchVersion("1.0") == "1.0.0"
        assert TorchVersion("parrot") == "parrot" and TorchVersion("2.1") == (2, 1) and "2.1" < version
        assert version.split("+") == ["2.13.0", "flambeau"] and isinstance(version, str)

    def test_own_version_unless_known_as_torch(self):
        assert torch.__version__ == torch.version.VERSION and torch.version.__version__.startswith(torch.version.PYTORCH)
        code = "import sys, flambeau; sys.modules['torch'] = flambeau; print(flambeau.__version__, type(flambeau.__version__).__name__)"
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout.split()
        assert found == [torch.version.__version__, "TorchVersion"]


class TestSettings:
    def test_determinism(self):
        torch.use_deterministic_algorithms(True)
        assert torch.are_deterministic_algorithms_enabled() and torch.get_deterministic_debug_mode() == 2
        torch.use_deterministic_algorithms(True, warn_only=True)
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        torch.set_deterministic_debug_mode("default")
        assert not torch.are_deterministic_algorithms_enabled()
        for mode, error in (("x", RuntimeError), (3, RuntimeError), (1.0, TypeError)):
            with pytest.raises(error, match="debug_mode"):
                torch.set_deterministic_debug_mode(mode)

    def test_precision(self):
        torch.set_float32_matmul_precision("high")
        assert torch.get_float32_matmul_precision() == "high"
        with pytest.warns(UserWarning, match="no effect"):
            torch.set_float32_matmul_precision("poor")
        torch.set_float32_matmul_precision("highest")
        assert torch.set_flush_denormal(True) is False

    def test_seed_everything(self, monkeypatch):
        import random

        import numpy as np
        monkeypatch.setenv("PYTHONHASHSEED", "0")

        def draws():
            return random.random(), np.random.rand(), torch.rand(1).item()
        assert torch.seed_everything(3) == 3
        first = draws()
        torch.seed_everything(3)
        assert draws() == first
        with pytest.raises(ValueError, match="2\\*\\*32"):
            torch.seed_everything(-1)

    def test_flags(self):
        cudnn = torch.backends.cudnn
        cudnn.benchmark = True
        with cudnn.flags(enabled=False, deterministic=True):
            assert not cudnn.enabled and cudnn.deterministic
        assert cudnn.enabled and not cudnn.deterministic and not cudnn.is_available() and cudnn.version() is None
        assert cudnn.set_flags(_benchmark=False) == (True,) and cudnn.benchmark is False
        torch.backends.cuda.enable_flash_sdp(False)
        assert not torch.backends.cuda.flash_sdp_enabled() and torch.backends.cuda.math_sdp_enabled()
        torch.backends.cuda.enable_flash_sdp(True)
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.mha.set_fastpath_enabled(False)
        assert not torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(True)
        with torch.backends.mkl.verbose(torch.backends.mkl.VERBOSE_ON):
            pass


class TestDevices:
    def test_cuda_says_that_it_is_not_there(self):
        cuda = torch.cuda
        assert not cuda.is_available() and cuda.device_count() == 0 and cuda.get_arch_list() == []
        assert cuda.memory_allocated() == 0 and cuda.memory_stats() == {}
        cuda.manual_seed_all(3)
        cuda.empty_cache()
        for call in (cuda.current_device, cuda.synchronize, cuda.get_device_name, cuda.init, lambda: cuda.set_rng_state_all([1])):
            with pytest.raises(AssertionError, match="not compiled with CUDA"):
                call()
        for call in (cuda.Stream, cuda.Event, cuda.CUDAGraph, lambda: cuda.nvtx.range_push("x")):
            with pytest.raises(RuntimeError):
                call()
        with pytest.raises(TypeError, match="torch.cuda.FloatTensor not available"):
            cuda.FloatTensor(3)
        with cuda.device("cuda:0"), cuda.stream(None):
            pass
        with pytest.raises(ValueError, match="Expected a cuda device"):
            cuda.device("cpu")

    def test_the_cpu_is_a_device_too(self):
        assert torch.cpu.is_available() and torch.cpu.device_count() == 1 and torch.get_device_module() is torch.cpu
        torch.cpu.synchronize()
        with torch.cpu.stream(torch.cpu.current_stream()):
            pass
        with pytest.raises(RuntimeError, match="meta"):
            torch.get_device_module("meta")


class TestRefusals:
    @pytest.mark.parametrize("call", [
        lambda: torch.hub.load("a/b", "c"), lambda: torch.hub.load_state_dict_from_url("x"), lambda: torch.utils.model_zoo.load_url("x"),
        lambda: torch.export.export(None, ()), lambda: torch.fx.symbolic_trace(None), lambda: torch.fx.Graph(),
        lambda: torch.utils.cpp_extension.load("x", []), lambda: torch.utils.mobile_optimizer.optimize_for_mobile(None),
        lambda: torch.overrides.TorchFunctionMode().__enter__(),
    ])
    def test_each_says_why(self, call):
        with pytest.raises(NotImplementedError) as caught:
            call()
        assert len(str(caught.value)) > 40

    def test_probes(self, monkeypatch):
        assert not torch.onnx.is_in_onnx_export() and not isinstance(3, torch.fx.GraphModule) and torch._C._get_tracing_state() is None
        monkeypatch.setenv("TORCH_HOME", "/x")
        assert torch.hub.get_dir().replace("\\", "/") == "/x/hub"
        assert torch._dynamo.disable(len)([3]) == 1 and torch._dynamo.optimize("inductor")(len)([3]) == 1
        assert "flambeau" in torch.__config__.show() and "threads" in torch.__config__.parallel_info()


class Meters:
    """A number that answers for torch.add."""

    def __init__(self, n):
        self.n = n

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return Meters(sum(a.n for a in args)) if func is torch.add and all(issubclass(t, Meters) for t in types) else NotImplemented


def test_overrides():
    a = Meters(2)
    assert torch.overrides.has_torch_function((1, a)) and not torch.overrides.has_torch_function((torch.ones(1), 3)) and torch.overrides.is_tensor_like(a)
    assert torch.overrides.handle_torch_function(torch.add, (a, a), a, a).n == 4
    with pytest.raises(TypeError, match="no implementation found"):
        torch.overrides.handle_torch_function(torch.mul, (a,), a, a)

    @torch.overrides.wrap_torch_function(lambda x: (x,))
    def f(x):
        """Mine."""
        return x + 1
    assert f(1) == 2 and f.__doc__ == "Mine."
    with pytest.raises(TypeError):
        f(a)


def test_layouts():
    import pickle
    x = torch.ones(2)
    assert x.layout is torch.strided and repr(torch.sparse_coo) == "torch.sparse_coo" and isinstance(torch.strided, torch.layout)
    assert pickle.loads(pickle.dumps(torch.strided)) is torch.strided


def test_futures():
    future = torch.futures.Future()
    later = future.then(lambda f: f.wait() + 1)
    assert not future.done()
    with pytest.raises(RuntimeError, match="before there was a result"):
        future.value()
    future.set_result(3)
    assert later.wait() == 4 and torch.futures.wait_all([future, later]) == [3, 4] and torch.futures.collect_all([]).done()
    with pytest.raises(RuntimeError, match="once"):
        future.set_result(4)
    failed = torch.futures.Future()
    failed.set_exception(KeyError("x"))
    with pytest.raises(KeyError):
        failed.then(lambda f: f.wait()).wait()
