"""Settings of PyTorch's compiler, without effect; programs may set others too."""

debug = max_autotune = coordinate_descent_tuning = epilogue_fusion = freezing = fx_graph_cache = cpp_wrapper = False
