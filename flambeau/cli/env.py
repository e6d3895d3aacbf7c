"""`flambeau env`: what is here, and why something is not."""
from __future__ import annotations

import os
import platform
from importlib import metadata

import flambeau

PACKAGES = ("numpy", "llvmlite", "ml_dtypes", "safetensors", "scipy", "tqdm", "pillow", "matplotlib", "pandas", "pyarrow", "cloudpickle", "soundfile")


def main(arguments) -> int:
    """Print versions, the processor and the backends."""
    print(f"flambeau {flambeau.__version__}")
    print(f"Python   {platform.python_version()} ({platform.python_implementation()}) on {platform.platform()}")
    for name in PACKAGES:
        try:
            print(f"  {name:12} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            print(f"  {name:12} not installed: pip install {name}")
    print(f"CPU      {processor()}, {os.cpu_count()} cores, {flambeau.get_num_threads()} threads")
    print(f"  features {features()}")
    if os.name == "nt":
        print("  threads  compiled code runs on one thread: the thread team needs pthreads")
    print("backends")
    for name, state in flambeau.backends.status().items():
        print(f"  {name:12} {state}")
    for name, there in (("cuda", flambeau.cuda.is_available()), ("mps", flambeau.backends.mps.is_available())):
        print(f"  {name:12} {'available' if there else 'missing: flambeau has no backend for it yet'}")
    return 0


def _cpuinfo(key: str) -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith(key)), "")
    except OSError:
        return ""


def processor() -> str:
    """The processor's name."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def features() -> str:
    """Those of the processor's vector extensions that matter here."""
    known = ("sse4_2", "avx", "avx2", "fma", "f16c", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "sve")
    here = set((_cpuinfo("flags") or _cpuinfo("Features")).split())
    return " ".join(n for n in known if n in here) or "unknown on this system"
