"""Which module of this folder has which public function. Written by tools/names.py from the modules' `__all__`: do not edit."""

FUNCTIONS = {
    "activation":
        "celu celu_ hardshrink prelu relu relu_ selu selu_ threshold threshold_",
    "addition":
        "addbmm addmm addmv addr baddbmm",
    "arrange":
        "flip fliplr flipud repeat_interleave roll rot90 tile",
    "autocast":
        "autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype "
        "is_autocast_available is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled set_autocast_cache_enabled "
        "set_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled set_autocast_gpu_dtype",
    "bessel":
        "i0",
    "bitwise":
        "bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor gcd lcm",
    "blend":
        "addcdiv addcmul frexp heaviside ldexp lerp",
    "comparison":
        "allclose eq ge greater greater_equal gt isclose le less less_equal logical_and logical_not logical_or logical_xor lt ne not_equal",
    "contract":
        "bilinear bmm dot matmul mm mv",
    "conv":
        "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d convolution",
    "convert":
        "clone equal fill",
    "copies":
        "alias_copy as_strided_copy detach_copy diagonal_copy expand_copy narrow_copy permute_copy select_copy slice_copy split_copy "
        "split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy unfold_copy unsqueeze_copy view_as_complex_copy view_as_real_copy "
        "view_copy",
    "create":
        "arange as_tensor asarray complex empty empty_like empty_strided eye from_numpy frombuffer full full_like linspace logspace ones ones_like "
        "range scalar_tensor tensor zeros zeros_like",
    "diagonal":
        "diag diag_embed diagflat tril tril_indices triu triu_indices vander",
    "differences":
        "cumulative_trapezoid diff gradient trapezoid trapz",
    "distance":
        "cdist cosine_similarity pairwise_distance pdist",
    "dtype_views":
        "imag real view_as_complex view_as_real",
    "einsum":
        "einsum",
    "elementwise":
        "add conj conj_physical exp log mul multiply neg negative positive resolve_conj resolve_neg rsub sqrt sub subtract true_divide where",
    "error_functions":
        "erf erfc erfinv",
    "exchange":
        "from_dlpack",
    "exponential":
        "exp2 expm1 log10 log1p log2 logaddexp logaddexp2 logit sigmoid xlogy",
    "extremes":
        "amax amin aminmax argmax argmin max min",
    "foreach":
        "_foreach_adam_ _foreach_add_ _foreach_forget_gradients _foreach_gradients _foreach_sgd_",
    "gamma":
        "digamma igamma igammac lgamma mvlgamma polygamma",
    "gather":
        "gather index_select take take_along_dim",
    "histogram":
        "bincount histc histogram histogramdd",
    "index":
        "index_put index_put_",
    "inplace":
        "abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_ asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ "
        "clamp_min_ clip_ conj_physical_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ lcm_ ldexp_ log10_ "
        "log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ "
        "trunc_ xlogy_ zero_",
    "inset":
        "as_strided_scatter diagonal_scatter select_scatter slice_scatter",
    "join":
        "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cat column_stack combinations concat "
        "concatenate dstack hstack meshgrid row_stack stack vstack",
    "legacy":
        "BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor ShortTensor set_default_tensor_type",
    "linalg_cholesky":
        "cholesky cholesky_inverse cholesky_solve",
    "linalg_det":
        "det logdet slogdet",
    "linalg_lobpcg":
        "lobpcg",
    "linalg_lowrank":
        "pca_lowrank svd_lowrank",
    "linalg_lu":
        "lu lu_solve lu_unpack",
    "linalg_pinv":
        "pinverse",
    "linalg_power":
        "chain_matmul matrix_exp matrix_power",
    "linalg_qr":
        "geqrf orgqr ormqr qr",
    "linalg_removed":
        "eig lstsq matrix_rank solve symeig",
    "linalg_solve":
        "inverse",
    "linalg_svd":
        "svd",
    "linalg_triangular":
        "triangular_solve",
    "magnitude":
        "abs absolute angle clamp clamp_max clamp_min clip copysign fmax fmin isfinite isinf isnan isneginf isposinf isreal maximum minimum "
        "nan_to_num nextafter sgn sign signbit",
    "masked":
        "argwhere count_nonzero masked_fill masked_scatter masked_select nonzero nonzero_static",
    "matrix_norms":
        "frobenius_norm norm norm_except_dim nuclear_norm",
    "moments":
        "corrcoef cov std std_mean var var_mean",
    "movement":
        "adjoint broadcast_to detach flatten moveaxis movedim permute ravel reshape squeeze swapaxes swapdims t transpose unflatten unsqueeze",
    "norms":
        "dist renorm",
    "order":
        "argsort kthvalue median mode msort nanmedian sort topk",
    "pad":
        "constant_pad_nd",
    "parts":
        "as_strided diagonal narrow select",
    "powers":
        "float_power pow reciprocal rsqrt square",
    "product":
        "cross ger inner kron outer tensordot trace vdot",
    "quantile":
        "nanquantile quantile",
    "queries":
        "is_same_size",
    "random":
        "Generator bernoulli binomial default_generator get_rng_state initial_seed manual_seed multinomial normal poisson rand rand_like randint "
        "randint_like randn randn_like randperm seed set_rng_state",
    "recurrence":
        "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
    "reduce":
        "all any hash_tensor mean nanmean nansum prod sum",
    "rounding":
        "ceil div divide fix floor floor_divide fmod frac remainder round trunc",
    "scan":
        "cummax cummin cumprod cumsum logcumsumexp",
    "scatter":
        "index_add index_copy index_fill index_reduce put scatter scatter_add scatter_reduce",
    "search":
        "bucketize isin searchsorted unique unique_consecutive unravel_index",
    "shuffle":
        "channel_shuffle native_channel_shuffle pixel_shuffle pixel_unshuffle",
    "sizes":
        "resize_as_",
    "softmax":
        "log_softmax logsumexp softmax",
    "sparse":
        "dsmm hspmm smm sparse_coo_tensor sparse_csc_tensor sparse_csr_tensor spmm",
    "spectral":
        "istft stft",
    "split":
        "chunk dsplit hsplit split split_with_sizes tensor_split unbind unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit",
    "storages":
        "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage FloatStorage HalfStorage "
        "IntStorage LongStorage ShortStorage TypedStorage UntypedStorage",
    "top":
        "adaptive_avg_pool1d adaptive_max_pool1d affine_grid_generator alpha_dropout alpha_dropout_ avg_pool1d batch_norm "
        "binary_cross_entropy_with_logits cosine_embedding_loss ctc_loss dropout dropout_ embedding embedding_bag embedding_renorm_ "
        "feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ grid_sampler grid_sampler_2d grid_sampler_3d group_norm "
        "hinge_embedding_loss instance_norm kl_div layer_norm margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d max_pool3d "
        "native_batch_norm native_dropout native_group_norm native_layer_norm poisson_nll_loss rms_norm rrelu rrelu_ triplet_margin_loss",
    "trigonometric":
        "acos acosh arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan atan2 atanh cos cosh deg2rad hypot polar rad2deg sin sinc "
        "sinh tan tanh",
    "window_functions":
        "bartlett_window blackman_window hamming_window hann_window kaiser_window",
}
