"""torch.library's operators of a program's own, torch.quantization's marks, and what refuses."""
import pytest

import flambeau as torch
from flambeau import nn


def test_custom_op_with_a_gradient():
    @torch.library.custom_op("mine::scaled", mutates_args=())
    def scaled(x: torch.Tensor, by: float = 2.0) -> torch.Tensor:
        return x * by

    x = torch.ones(2, requires_grad=True)
    assert not scaled(x).requires_grad

    def setup_context(ctx, inputs, output):
        ctx.by = inputs[1]
    scaled.register_autograd(lambda ctx, g: (g * ctx.by, None), setup_context=setup_context)
    scaled(x, by=3.0).sum().backward()
    assert x.grad.tolist() == [3, 3]
    assert torch.library.register_fake(scaled)(len) is len
    with pytest.raises(ValueError, match="namespace::name"):
        torch.library.custom_op("scaled", mutates_args=())
    with pytest.raises(TypeError, match="custom_op made"):
        torch.library.register_fake("mine::scaled")


def test_quantization_marks_do_nothing_and_conversions_refuse():
    model = torch.ao.quantization.QuantWrapper(nn.Linear(2, 2))
    x = torch.ones(1, 2)
    assert torch.equal(model(x), model.module(x))
    with pytest.raises(NotImplementedError, match="8-bit"):
        torch.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)


@pytest.mark.parametrize("use", [lambda: torch.nested.nested_tensor([]), lambda: torch.package.PackageImporter("x"), lambda: torch.library.Library("a", "DEF"),
                                 lambda: torch.xpu.set_device(0)])
def test_what_is_not_there_says_so(use):
    with pytest.raises(NotImplementedError, match="torch\\..*flambeau|torch\\..*: an archive"):
        use()


def test_ddp_in_a_group_of_one():
    with pytest.raises(ValueError, match="init_process_group"):
        nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
    torch.distributed.init_process_group("gloo", rank=0, world_size=1)
    try:
        model = nn.parallel.DistributedDataParallel(nn.Linear(2, 1), device_ids=None)
        with model.no_sync():
            model(torch.ones(1, 2)).sum().backward()
        assert list(model.state_dict()) == ["module.weight", "module.bias"] and model.module.weight.grad.tolist() == [[1, 1]]
        with pytest.raises(RuntimeError, match="any parameters"):
            nn.parallel.DistributedDataParallel(nn.ReLU())
    finally:
        torch.distributed.destroy_process_group()
