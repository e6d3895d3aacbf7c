"""C++ and CUDA extensions (torch.utils.cpp_extension): refused, there is no C++ library to build against."""
from flambeau.absent import absent

CUDA_HOME = ROCM_HOME = None

load, load_inline, CppExtension, CUDAExtension, BuildExtension, include_paths, library_paths = (
    absent(f"torch.utils.cpp_extension.{_name}", "flambeau is pure Python, and has no C++ library to build extensions against; write the operator in Tensors, "
           "or as a torch.autograd.Function on NumPy arrays")
    for _name in ("load", "load_inline", "CppExtension", "CUDAExtension", "BuildExtension", "include_paths", "library_paths"))
