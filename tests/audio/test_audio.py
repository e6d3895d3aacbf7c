"""Sound: files of every kind, spectrograms against the definition, the public data set."""
import math
import struct
import wave

import numpy as np
import pytest

import flambeau
from flambeau import audio
from flambeau.audio import functional as F
from flambeau.audio import transforms as T

RATE = 8000


def tone(frequency=440.0, seconds=0.5):
    time = np.arange(int(RATE * seconds)) / RATE
    return flambeau.from_numpy(np.stack([0.5 * np.sin(2 * np.pi * frequency * time), 0.25 * np.cos(2 * np.pi * 880 * time)]).astype(np.float32))


@pytest.mark.parametrize("bits, tolerance", [(16, 2**-16), (24, 2**-24), (32, 0)])
def test_what_is_saved_is_loaded(tmp_path, bits, tolerance):
    audio.save(tmp_path / "a.wav", tone(), RATE, bits)
    loaded, rate = audio.load(tmp_path / "a.wav")
    assert rate == RATE and loaded.shape == (2, 4000) and loaded.dtype == flambeau.float32
    assert (loaded - tone()).abs().max().item() <= tolerance
    part, _ = audio.load(tmp_path / "a.wav", frame_offset=10, num_frames=5)
    assert flambeau.equal(part, loaded[:, 10:15])
    audio.save(tmp_path / "b.wav", loaded, rate, bits)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_files_of_the_standard_library(tmp_path, width):
    values = [-1.0, -0.5, 0.0, 0.5]
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(RATE)
        for value in values:
            whole = int(value * 2 ** (8 * width - 1)) + (128 if width == 1 else 0)
            file.writeframes(whole.to_bytes(width, "little", signed=width > 1))
    assert audio.load(tmp_path / "a.wav")[0].tolist() == [values]


def test_what_our_files_hold(tmp_path):
    audio.save(tmp_path / "a.wav", flambeau.tensor([0.0, 1.0, -1.0, 2.0]), RATE)
    with wave.open(str(tmp_path / "a.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert np.frombuffer(file.readframes(9), np.int16).tolist() == [0, 32767, -32768, 32767]


def test_damaged_files(tmp_path):
    path = tmp_path / "a.wav"
    audio.save(path, tone(), RATE)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(ValueError, match="a.wav is cut short: 15,900 of 16,000 bytes"):
        audio.load(path)
    path.write_bytes(whole[:30])
    with pytest.raises(ValueError, match="a.wav is cut short: it holds no sound"):
        audio.load(path)
    path.write_bytes(whole[:20] + struct.pack("<H", 7) + whole[22:])
    with pytest.raises(ValueError, match="a.wav: wav files of format 7 with 16 bits"):
        audio.load(path)
    with pytest.raises(FileNotFoundError):
        audio.load(tmp_path / "b.wav")
    with pytest.raises(ValueError, match="a wave is \\(channels, time\\)"):
        audio.save(path, flambeau.zeros(2, 3, 4), RATE)


def test_other_formats(tmp_path, monkeypatch):
    (tmp_path / "a.flac").write_bytes(b"fLaC and more")
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(ImportError, match="pip install soundfile"):
        audio.load(tmp_path / "a.flac")


def test_flac(tmp_path):
    soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed", exc_type=ImportError)
    soundfile.write(tmp_path / "a.flac", tone().numpy().T, RATE)
    loaded, rate = audio.load(tmp_path / "a.flac")
    assert rate == RATE and (loaded - tone()).abs().max().item() < 2**-14


def spectrum(x, n_fft, hop):
    """|DFT|**2 of Hann-windowed frames by its definition, in float64."""
    x = np.pad(x.astype(np.float64), n_fft // 2, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    frames = np.stack([x[k : k + n_fft] * window for k in range(0, len(x) - n_fft + 1, hop)])
    return np.abs(np.fft.rfft(frames)).T ** 2


def test_spectrogram():
    x = tone()
    found = T.Spectrogram(n_fft=128, hop_length=32)(x)
    np.testing.assert_allclose(found[0].numpy(), spectrum(x[0].numpy(), 128, 32), rtol=1e-3, atol=1e-4)
    assert found.shape == (2, 65, 126) and found[0, :, 50].argmax().item() == round(440 * 128 / RATE)
    complex_one = T.Spectrogram(n_fft=128, hop_length=32, power=None)(x)
    np.testing.assert_allclose(complex_one.abs().pow(2).numpy(), found.numpy(), rtol=1e-4, atol=1e-5)
    norm = math.sqrt(float((flambeau.hann_window(128) ** 2).sum()))
    np.testing.assert_allclose(T.Spectrogram(n_fft=128, hop_length=32, power=1.0, normalized=True)(x).numpy() * norm, complex_one.abs().numpy(), rtol=1e-4, atol=1e-5)


def test_mel_filters():
    filters = F.melscale_fbanks(201, 0.0, 4000.0, 20, RATE).numpy()
    mels = np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 22)
    centres = 700 * (10 ** (mels / 2595) - 1)
    frequencies = np.linspace(0, 4000, 201)
    for k in range(20):  # a triangle through three corners
        expected = np.interp(frequencies, centres[k : k + 3], [0, 1, 0])
        np.testing.assert_allclose(filters[:, k], expected, atol=1e-6)
    slaney = F.melscale_fbanks(2001, 0.0, 4000.0, 20, RATE, norm="slaney", mel_scale="slaney").numpy()
    np.testing.assert_allclose(slaney.sum(0) * 2, 1.0, rtol=0.02)  # each has area 1
    for scale in ("htk", "slaney"):
        np.testing.assert_allclose(F.mel_to_hz(F.hz_to_mel([50, 999, 3000], scale), scale), [50, 999, 3000])
    with pytest.warns(UserWarning, match="128 mel filters are too many"):
        F.melscale_fbanks(65, 0.0, 4000.0, 128, RATE)
    with pytest.raises(ValueError, match="norm is None or 'slaney'"):
        F.melscale_fbanks(65, 0.0, 4000.0, 8, RATE, norm="other")


def test_mfcc():
    scipy_fft = pytest.importorskip("scipy.fft")
    options = {"n_fft": 256, "hop_length": 64, "n_mels": 20}
    x = tone() + 0.01 * flambeau.randn(2, 4000)
    mels = T.MelSpectrogram(RATE, **options)(x)
    decibel = 10 * np.log10(np.maximum(mels.numpy(), 1e-10))
    decibel = np.maximum(decibel, decibel.max() - 80)
    found = T.MFCC(RATE, n_mfcc=13, melkwargs=options)(x)
    np.testing.assert_allclose(found.numpy(), scipy_fft.dct(decibel, axis=-2, norm="ortho")[:, :13], rtol=1e-3, atol=2e-3)
    np.testing.assert_allclose(F.create_dct(5, 8, None).numpy(), scipy_fft.dct(np.eye(8), axis=1)[:, :5], atol=1e-5)
    with pytest.raises(ValueError, match="more MFCC coefficients"):
        T.MFCC(RATE, n_mfcc=21, melkwargs=options)


def test_gradients_pass():
    x = tone()[0, :600].clone().requires_grad_()
    T.MFCC(RATE, 5, melkwargs={"n_fft": 128, "n_mels": 12})(x).sum().backward()
    assert x.grad.shape == x.shape and bool(flambeau.isfinite(x.grad).all())


def test_the_public_set(tmp_path):
    with pytest.raises(RuntimeError, match="download=True"):
        audio.YESNO(tmp_path)
    (tmp_path / "waves_yesno").mkdir()
    audio.save(tmp_path / "waves_yesno" / "0_1_1_0_1_0_0_1.wav", tone()[:1], RATE)
    sound, rate, labels = audio.YESNO(tmp_path)[0]
    assert sound.shape == (1, 4000) and rate == RATE and labels == [0, 1, 1, 0, 1, 0, 0, 1] and len(audio.YESNO(tmp_path)) == 1
