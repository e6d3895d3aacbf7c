"""What a report of an error should say about the machine (torch.utils.collect_env)."""
from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import NamedTuple

import flambeau


class SystemEnv(NamedTuple):
    """Versions and devices of this machine."""

    torch_version: str
    is_debug_build: str
    python_version: str
    python_platform: str
    is_cuda_available: str
    cuda_compiled_version: str
    cpu_info: str
    pip_packages: list[str]


def get_env_info() -> SystemEnv:
    """Versions and devices of this machine."""
    packages = []
    for name in ("flambeau", "numpy", "llvmlite", "ml_dtypes", "safetensors", "scipy", "pillow"):
        try:
            packages.append(f"{name}=={metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return SystemEnv(torch_version=f"{flambeau.__version__} (flambeau {flambeau.version.VERSION})", is_debug_build="False",
                     python_version=f"{sys.version.splitlines()[0]} ({sys.maxsize.bit_length() + 1}-bit runtime)", python_platform=platform.platform(),
                     is_cuda_available=str(flambeau.cuda.is_available()), cuda_compiled_version="None",
                     cpu_info=f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores", pip_packages=packages)


def get_pretty_env_info() -> str:
    """The same as text."""
    info = get_env_info()
    return "\n".join([
        f"PyTorch version: {info.torch_version}",
        f"Is debug build: {info.is_debug_build}",
        f"CUDA used to build PyTorch: {info.cuda_compiled_version}",
        "",
        f"Python version: {info.python_version}",
        f"Python platform: {info.python_platform}",
        f"Is CUDA available: {info.is_cuda_available}",
        f"CPU: {info.cpu_info}",
        "",
        "Versions of relevant libraries:",
        *(f"[pip3] {package}" for package in info.pip_packages),
    ])


def main() -> None:
    """Print it."""
    print("Collecting environment information...")
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
