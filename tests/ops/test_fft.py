"""Fourier transforms beside NumPy's, short-time transforms and back, windows, and what they refuse."""
import numpy as np
import pytest

import flambeau

ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
MANY = ["fftn", "ifftn", "rfftn", "irfftn"]
REAL_ONLY = {"rfft", "ihfft", "rfftn"}


def signal(name, *shape):
    a = np.random.normal(size=shape)
    return a if name in REAL_ONLY else a + 1j * np.random.normal(size=shape)


@pytest.mark.parametrize("norm", [None, "forward", "backward", "ortho"])
@pytest.mark.parametrize("n", [None, 1, 4, 9])
@pytest.mark.parametrize("name", ONE)
def test_along_one_axis(name, n, norm):
    a = signal(name, 6, 3)
    found = getattr(flambeau.fft, name)(flambeau.tensor(a), n, 0, norm)
    np.testing.assert_allclose(found.numpy(), getattr(np.fft, name)(a, n, 0, norm), atol=1e-12)


@pytest.mark.parametrize("sizes, axes", [(None, None), ((4, 5), None), (None, (0, 2)), ((3, 7), (2, 0)), (None, (1,))])
@pytest.mark.parametrize("name", MANY)
def test_along_many_axes(name, sizes, axes):
    a = signal(name, 3, 4, 5)
    found = getattr(flambeau.fft, name)(flambeau.tensor(a), sizes, axes, "ortho")
    want_axes = axes if axes is not None or sizes is None else tuple(range(3 - len(sizes), 3))
    np.testing.assert_allclose(found.numpy(), getattr(np.fft, name)(a, sizes, want_axes, "ortho"), atol=1e-12)


def test_hermitian_transforms_of_two_axes_are_real_spectra():
    a = flambeau.randn(3, 4, dtype=flambeau.float64)
    half = flambeau.fft.ihfft2(a)
    np.testing.assert_allclose(flambeau.fft.hfft2(half, a.shape).numpy(), a.numpy(), atol=1e-12)
    np.testing.assert_allclose(half.numpy(), np.fft.ifft2(a.numpy())[:, :3], atol=1e-12)
    np.testing.assert_allclose(flambeau.fft.fft2(flambeau.fft.ifft2(a)).real.numpy(), a.numpy(), atol=1e-12)


def test_dtypes_keep_their_precision():
    for given, complex_ in ((flambeau.float32, flambeau.complex64), (flambeau.float64, flambeau.complex128), (flambeau.int64, flambeau.complex64),
                            (flambeau.bool, flambeau.complex64)):
        x = flambeau.ones(4, dtype=given)
        assert flambeau.fft.fft(x).dtype is flambeau.fft.rfft(x).dtype is complex_
        assert flambeau.fft.irfft(x).dtype is complex_.to_real()


def test_a_size_of_minus_one_keeps_an_axis():
    a = flambeau.randn(3, 4)
    assert flambeau.fft.fftn(a, s=(-1, 3)).shape == (3, 3) and flambeau.fft.irfftn(a, s=(2, -1)).shape == (2, 6)


def test_frequencies_and_shifts():
    for n in (1, 4, 5):
        np.testing.assert_allclose(flambeau.fft.fftfreq(n, 0.5, dtype=flambeau.float64).numpy(), np.fft.fftfreq(n, 0.5))
        np.testing.assert_allclose(flambeau.fft.rfftfreq(n, 2.0, dtype=flambeau.float64).numpy(), np.fft.rfftfreq(n, 2.0))
    a = np.arange(20).reshape(4, 5)
    for axes in (None, 0, (1,), (0, 1)):
        np.testing.assert_array_equal(flambeau.fft.fftshift(flambeau.tensor(a), axes).numpy(), np.fft.fftshift(a, axes))
        np.testing.assert_array_equal(flambeau.fft.ifftshift(flambeau.tensor(a), axes).numpy(), np.fft.ifftshift(a, axes))


@pytest.mark.parametrize("call, kind, words", [
    (lambda f, x: f.fft(x, n=0), RuntimeError, "Invalid number of data points (0) specified"),
    (lambda f, x: f.irfft(x[:, :1]), RuntimeError, "Invalid number of data points (0) specified"),
    (lambda f, x: f.fft(x, norm="x"), RuntimeError, 'Invalid normalization mode: "x"'),
    (lambda f, x: f.rfft(x + 0j), RuntimeError, "rfft expects a real input tensor, but got ComplexFloat"),
    (lambda f, x: f.fft(x.half()), RuntimeError, "Unsupported dtype Half"),
    (lambda f, x: f.fft(x[0, 0]), IndexError, "Dimension specified as -1 but tensor has no dimensions"),
    (lambda f, x: f.fft(x, dim=5), IndexError, "Dimension out of range"),
    (lambda f, x: f.fftn(x, dim=(0, 0)), RuntimeError, "FFT dims must be unique"),
    (lambda f, x: f.fftn(x, s=(2,), dim=(0, 1)), RuntimeError, "dim and shape arguments must have the same length"),
    (lambda f, x: f.fftn(x, s=(1, 2, 3)), RuntimeError, "Got shape with 3 values but input tensor only has 2 dimensions."),
    (lambda f, x: f.rfftn(x, dim=()), RuntimeError, "rfftn must transform at least one axis"),
    (lambda f, x: f.irfft(x, out=flambeau.empty(0, dtype=flambeau.complex64)), RuntimeError, "expects a floating point output tensor"),
    (lambda f, x: f.fftfreq(3, dtype=flambeau.int64), RuntimeError, "requires a floating point or complex dtype"),
])
def test_refused(call, kind, words):
    with pytest.raises(kind) as caught:
        call(flambeau.fft, flambeau.ones(3, 4))
    assert words in str(caught.value)


# ------------------------------------------------------------------------------------------------------------------- short time
def test_stft_is_the_spectrum_of_each_window():
    x, window = flambeau.randn(2, 50, dtype=flambeau.float64), flambeau.hann_window(8, dtype=flambeau.float64)
    found = flambeau.stft(x, 16, 5, 8, window, center=False, return_complex=True)
    assert found.shape == (2, 9, 7)
    placed = np.zeros(16)
    placed[4:12] = window.numpy()
    for t in range(7):
        np.testing.assert_allclose(found[..., t].numpy(), np.fft.rfft(x.numpy()[:, 5 * t:5 * t + 16] * placed), atol=1e-12)
    aligned = flambeau.stft(x, 16, 5, 8, window, center=False, return_complex=True, align_to_window=True)
    assert aligned.shape == (2, 9, 9)
    first = np.pad(x.numpy()[:, :8] * window.numpy(), ((0, 0), (4, 4)))
    np.testing.assert_allclose(aligned[..., 0].numpy(), np.fft.rfft(first), atol=1e-12)


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("width", [16, 12])
def test_istft_finds_the_signal_again(complex_, normalized, width):
    x = flambeau.randn(2, 61, dtype=flambeau.complex128 if complex_ else flambeau.float64)
    options = dict(n_fft=16, hop_length=3, win_length=width, window=flambeau.hamming_window(width, dtype=flambeau.float64), normalized=normalized)
    spectra = flambeau.stft(x, return_complex=True, **options)
    np.testing.assert_allclose(flambeau.istft(spectra, length=61, return_complex=complex_, **options).numpy(), x.numpy(), atol=1e-12)
    np.testing.assert_allclose(flambeau.istft(spectra[0], length=61, return_complex=complex_, **options).numpy(), x[0].numpy(), atol=1e-12)


@pytest.mark.parametrize("call, words", [
    (lambda f, x: f.stft(x, 8, window=f.ones(8)), "requires the return_complex parameter"),
    (lambda f, x: f.stft(x, 30, window=f.ones(30), center=False, return_complex=True), "expected 0 < n_fft < 20"),
    (lambda f, x: f.stft(x, 8, hop_length=0, window=f.ones(8), return_complex=True), "expected hop_length > 0"),
    (lambda f, x: f.stft(x, 8, win_length=9, window=f.ones(9), return_complex=True), "expected 0 < win_length <= n_fft"),
    (lambda f, x: f.stft(x, 8, window=f.ones(7), return_complex=True), "expected a 1D window tensor of size equal to win_length=8"),
    (lambda f, x: f.stft(x + 0j, 8, window=f.ones(8), onesided=True), "Cannot have onesided output"),
    (lambda f, x: f.stft(x, 8, window=f.ones(8), return_complex=True, align_to_window=True), "only be set when center = false"),
    (lambda f, x: f.istft(x.reshape(5, 4), 8, window=f.ones(8)), "requires a complex-valued input"),
    (lambda f, x: f.istft(x.reshape(4, 5) + 0j, 8, window=f.ones(8)), "to match n_fft / 2 + 1"),
    (lambda f, x: f.istft(x.reshape(5, 4) + 0j, 8, window=f.zeros(8)), "window overlap add min"),
])
def test_short_time_refusals(call, words):
    with pytest.raises(RuntimeError) as caught:
        call(flambeau, flambeau.ones(20))
    assert words in str(caught.value)


def test_no_window_warns_and_so_do_the_real_form_and_a_signal_too_short():
    with pytest.warns(UserWarning, match="rectangular window"):
        spectra = flambeau.stft(flambeau.randn(40), 8, return_complex=True)
    with pytest.warns(UserWarning, match="return_complex=False is deprecated"):
        assert flambeau.stft(flambeau.randn(40), 8, window=flambeau.ones(8), return_complex=False).shape == (5, 21, 2)
    with pytest.warns(UserWarning, match="shorter than the length parameter"):
        assert flambeau.istft(spectra, 8, window=flambeau.ones(8), length=50).shape == (50,)


# --------------------------------------------------------------------------------------------------------------------- windows
def test_windows_are_numpys():
    for name, numpys in (("hann_window", np.hanning), ("hamming_window", np.hamming), ("blackman_window", np.blackman), ("bartlett_window", np.bartlett)):
        make = getattr(flambeau, name)
        np.testing.assert_allclose(make(9, periodic=False, dtype=flambeau.float64).numpy(), numpys(9), atol=1e-15)
        np.testing.assert_allclose(make(8, dtype=flambeau.float64).numpy(), numpys(9)[:8], atol=1e-15)
    np.testing.assert_allclose(flambeau.kaiser_window(9, False, 5.0, dtype=flambeau.float64).numpy(), np.kaiser(9, 5.0), atol=1e-15)
    np.testing.assert_allclose(flambeau.signal.windows.hann(9, dtype=flambeau.float64).numpy(), np.hanning(9), atol=1e-15)
    np.testing.assert_allclose(flambeau.signal.windows.gaussian(5, std=2.0, dtype=flambeau.float64).numpy(), np.exp(-np.arange(-2, 3) ** 2 / 8))


def test_windows_have_the_asked_dtype_and_length():
    assert flambeau.hann_window(5).dtype is flambeau.float32 and flambeau.hann_window(5, dtype=flambeau.float16).dtype is flambeau.float16
    assert flambeau.hann_window(0).shape == (0,) and flambeau.kaiser_window(1).tolist() == [1.0]
    assert flambeau.hann_window(3, requires_grad=True).requires_grad and flambeau.hann_window(4, device="meta").is_meta


@pytest.mark.parametrize("call, kind, words", [
    (lambda: flambeau.hann_window(-1), RuntimeError, "requires non-negative window_length"), (lambda: flambeau.hann_window(2.5), TypeError, "float"),
    (lambda: flambeau.hann_window(3, dtype=flambeau.int64), RuntimeError, "expects floating point dtypes"),
    (lambda: flambeau.signal.windows.hann(-1), ValueError, "requires non-negative window length"),
    (lambda: flambeau.signal.windows.hann(3, dtype=flambeau.float16), ValueError, "expects float32 or float64"),
    (lambda: flambeau.signal.windows.gaussian(3, std=0.0), ValueError, "must be positive"),
    (lambda: flambeau.signal.windows.exponential(3, center=1.0), ValueError, "Center must be None"),
    (lambda: flambeau.signal.windows.general_cosine(3, a=[]), ValueError, "cannot be empty"),
    (lambda: flambeau.signal.windows.hann(3, layout=flambeau.sparse_coo), ValueError, "strided tensors only"),
])
def test_windows_refused(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
