"""torch.distributed for a group of one process: flambeau computes in one process, and cannot reach others.

Programs that ask `is_available()` are told so. Those that start a group anyway get one if it has a single member, as under
`torchrun --nproc-per-node 1`: its collectives leave everything as it is. A group of more members is refused.
"""
from __future__ import annotations

import copy
import enum
import os
from typing import Any

from flambeau import Tensor

_NO_GROUP = "Default process group has not been initialized, please make sure to call init_process_group."


class ReduceOp(enum.Enum):
    """How values of several processes become one."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7


class Backend(str):
    """A way to reach other processes, by its name."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl"


class ProcessGroup:
    """The group of this process alone."""

    def __init__(self, backend: str):
        self._backend = backend

    def rank(self) -> int:
        """This process's number: 0."""
        return 0

    def size(self) -> int:
        """How many processes there are: 1."""
        return 1

    def name(self) -> str:
        """The backend that was asked for."""
        return self._backend


class Work:
    """A collective operation: complete as soon as it is begun."""

    def wait(self, timeout=None) -> bool:
        """Wait for it: True."""
        return True

    def is_completed(self) -> bool:
        """Whether it is complete: True."""
        return True

    def is_success(self) -> bool:
        """Whether it succeeded: True."""
        return True


class group:
    """Names of groups: WORLD is the default one."""

    WORLD: ProcessGroup | None = None


GroupMember = group


# ------------------------------------------------------------------------------------------------------------------ the group
def is_available() -> bool:
    """Whether other processes can be reached: no."""
    return False


def is_initialized() -> bool:
    """Whether `init_process_group` was called."""
    return group.WORLD is not None


def is_backend_available(backend: str) -> bool:
    """Whether other processes can be reached by a backend: no."""
    return False


is_torchelastic_launched = is_available


def is_nccl_available() -> bool:
    """Whether other processes can be reached by a backend: no."""
    return False


is_gloo_available = is_mpi_available = is_ucc_available = is_xccl_available = is_nccl_available


def init_process_group(backend: str | None = None, init_method: str | None = None, timeout=None, world_size: int = -1, rank: int = -1, store=None,
                       group_name: str = "", pg_options=None, device_id=None) -> None:
    """Make the default group, of this process alone.

    The number of members is `world_size`, or WORLD_SIZE of the environment.

    Raises:
        ValueError: a second call, or no number of members.
        RuntimeError: more members than this process.
    """
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    if world_size < 0:
        if "WORLD_SIZE" not in os.environ:
            raise ValueError("Error initializing torch.distributed using env:// rendezvous: environment variable WORLD_SIZE expected, but not set")
        world_size = int(os.environ["WORLD_SIZE"])
    if world_size > 1:
        raise RuntimeError(f"a group of {world_size} processes was asked for, but flambeau computes in one process and cannot reach others: start the "
                           "program once, with a world size of 1")
    group.WORLD = ProcessGroup(backend or Backend.GLOO)


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Leave the default group."""
    _need_group()
    GroupMember.WORLD = None


def _need_group() -> None:
    if not is_initialized():
        raise ValueError(_NO_GROUP)


def get_rank(group: ProcessGroup | None = None) -> int:
    """This process's number, 0. ValueError without a group."""
    _need_group()
    return 0


def get_world_size(group: ProcessGroup | None = None) -> int:
    """How many processes there are: 1. ValueError without a group."""
    _need_group()
    return 1


def get_backend(group: ProcessGroup | None = None) -> str:
    """The backend that was asked for. ValueError without a group."""
    _need_group()
    return Backend(GroupMember.WORLD.name())


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """This process's number on its machine: LOCAL_RANK of the environment, or the fallback. RuntimeError without either."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is None:
        raise RuntimeError("LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` to work, assuming you are "
                           "not running in an environment with torchelastic.")
    return int(fallback_rank)


def new_group(ranks: list[int] | None = None, *args: Any, **kwargs: Any) -> ProcessGroup:
    """A group of some of the processes: of this one. ValueError without a default group, or for others' numbers."""
    _need_group()
    if ranks is not None and list(ranks) not in ([0], []):
        raise ValueError(f"the new group's rank should be within the world_size set by init_process_group: there is rank 0 only, got {ranks}")
    return GroupMember.WORLD


# ------------------------------------------------------------------------------------- collectives, among one: nothing to be done
def _done(async_op: bool) -> Work | None:
    _need_group()
    return Work() if async_op else None


def barrier(group=None, async_op: bool = False, device_ids=None) -> Work | None:
    """Wait for all members: there is this one."""
    return _done(async_op)


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group=None, async_op: bool = False) -> Work | None:
    """Reduce a tensor over all members, in place: as it is."""
    return _done(async_op)


def reduce(tensor: Tensor, dst: int | None = None, op: ReduceOp = ReduceOp.SUM, group=None, async_op: bool = False,
           group_dst: int | None = None) -> Work | None:
    """Reduce a tensor over all members for one of them: as it is."""
    return _done(async_op)


def broadcast(tensor: Tensor, src: int | None = None, group=None, async_op: bool = False, group_src: int | None = None) -> Work | None:
    """Give all members one's tensor: as it is."""
    return _done(async_op)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group=None, async_op: bool = False) -> Work | None:
    """Write every member's tensor to a list's: this one's to its only one."""
    work = _done(async_op)
    tensor_list[0].copy_(tensor)
    return work


def all_gather_into_tensor(output_tensor: Tensor, input_tensor: Tensor, group=None, async_op: bool = False) -> Work | None:
    """Write every member's tensor to one: a copy of this one's."""
    work = _done(async_op)
    output_tensor.copy_(input_tensor.reshape(output_tensor.shape))
    return work


reduce_scatter_tensor = all_to_all_single = all_gather_into_tensor


def reduce_scatter(output: Tensor, input_list: list[Tensor], op: ReduceOp = ReduceOp.SUM, group=None, async_op: bool = False) -> Work | None:
    """Reduce a list of tensors over all members, and give each its own: this one the only one."""
    work = _done(async_op)
    output.copy_(input_list[0])
    return work


def gather(tensor: Tensor, gather_list: list[Tensor] | None = None, dst: int | None = None, group=None, async_op: bool = False,
           group_dst: int | None = None) -> Work | None:
    """Write every member's tensor to a list's of one of them."""
    work = _done(async_op)
    if gather_list:
        gather_list[0].copy_(tensor)
    return work


def scatter(tensor: Tensor, scatter_list: list[Tensor] | None = None, src: int | None = None, group=None, async_op: bool = False,
            group_src: int | None = None) -> Work | None:
    """Give each member one tensor of one's list."""
    work = _done(async_op)
    if scatter_list:
        tensor.copy_(scatter_list[0])
    return work


def all_to_all(output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group=None, async_op: bool = False) -> Work | None:
    """Give each member a tensor of each one's list."""
    work = _done(async_op)
    output_tensor_list[0].copy_(input_tensor_list[0])
    return work


def all_gather_object(object_list: list[Any], obj: Any, group=None) -> None:
    """Put every member's object into a list: a copy of this one's."""
    _need_group()
    object_list[0] = copy.deepcopy(obj)


def gather_object(obj: Any, object_gather_list: list[Any] | None = None, dst: int | None = None, group=None, group_dst: int | None = None) -> None:
    """Put every member's object into a list of one of them."""
    _need_group()
    if object_gather_list:
        object_gather_list[0] = copy.deepcopy(obj)


def broadcast_object_list(object_list: list[Any], src: int | None = None, group=None, device=None, group_src: int | None = None, **kwargs: Any) -> None:
    """Give all members one's objects: as they are."""
    _need_group()


def scatter_object_list(scatter_object_output_list: list[Any], scatter_object_input_list: list[Any] | None = None, src: int | None = None, group=None,
                        group_src: int | None = None) -> None:
    """Give each member one object of one's list."""
    _need_group()
    if scatter_object_input_list:
        scatter_object_output_list[0] = scatter_object_input_list[0]


def _nobody(name: str):
    def function(*args: Any, **kwargs: Any):
        _need_group()
        raise RuntimeError(f"torch.distributed.{name} needs another process, and the group has none")
    function.__name__ = function.__qualname__ = name
    function.__doc__ = "RuntimeError: there is no other process."
    return function


send, recv, isend, irecv = (_nobody(_name) for _name in ("send", "recv", "isend", "irecv"))
