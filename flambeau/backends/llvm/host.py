"""The processor of this host, and LLVM's description of a machine."""
from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import llvmlite.binding as llvm

from .kernel import Machine

BASELINE = {"64bit", "cmov", "cx8", "fxsr", "mmx", "sse", "sse2", "x87"}         # what x86-64 code cannot do without

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


@cache
def host() -> Machine:
    """The machine that this process runs on."""
    features = llvm.get_host_cpu_features()
    return Machine(llvm.get_host_cpu_name(), frozenset(name for name, there in features.items() if there), llvm.get_process_triple())


def machine_with(features: Iterable[str], cpu: str = "", triple: str = "") -> Machine:
    """A machine with these features and no other: this host's architecture without its newest instructions, or (with a triple) another one."""
    return Machine(cpu, frozenset(features), triple or llvm.get_process_triple())


def runs_here(machine: Machine) -> bool:
    """Whether this host can run code made for `machine`."""
    return machine.triple == host().triple and machine.features <= host().features


def target_machine(machine: Machine) -> llvm.TargetMachine:
    """LLVM's code generator for a machine. On Linux, code reaches its constants relative to itself, the fastest way; jit.py keeps them close."""
    known = llvm.get_host_cpu_features() if machine.triple == host().triple else ()
    features = [f"+{name}" for name in sorted(machine.features)]
    features += [f"-{name}" for name in sorted(known) if name not in machine.features and name not in BASELINE]     # the CPU's name would imply them
    near = {"reloc": "pic", "codemodel": "small"} if "linux" in machine.triple else {}
    return _target(machine.triple).create_target_machine(cpu=machine.cpu, features=",".join(features), opt=2, jit=True, **near)


@cache
def _target(triple: str) -> llvm.Target:
    if triple != llvm.get_process_triple():
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
    return llvm.Target.from_triple(triple)
