"""Settings of PyTorch's tracer; programs may set others too. Only the limit has an effect: it bounds the plans of each compiled function."""

suppress_errors = verbose = False
cache_size_limit = recompile_limit = 8
accumulated_cache_size_limit = accumulated_recompile_limit = 256
automatic_dynamic_shapes = assume_static_by_default = True
capture_scalar_outputs = capture_dynamic_output_shape_ops = False
optimize_ddp = True
