"""Makes flambeau/vision/datasets/fashion_mnist_sample: the first images of each class, in the order of the full files, as idx.xz.

    python tools/make_sample.py [ROOT]     (ROOT: where FashionMNIST finds or downloads the full data; default: data)

The images are kept bit for bit. Running it again gives the same files.
"""

import lzma
import struct
import sys
from pathlib import Path

import numpy as np

from flambeau.vision.datasets import FashionMNIST
from flambeau.vision.datasets.sample import FOLDER

PER_CLASS = {"train": 300, "t10k": 60}

LICENSE = """\
The images and labels in this folder are a part of Fashion-MNIST, https://github.com/zalandoresearch/fashion-mnist, unchanged.

The MIT License (MIT)

Copyright (c) 2017 Zalando SE, https://tech.zalando.com

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def first_of_each(labels: np.ndarray, count: int) -> np.ndarray:
    """The positions, ascending, of the first `count` of each class."""
    return np.sort(np.concatenate([np.flatnonzero(labels == number)[:count] for number in np.unique(labels)]))


def write_idx(path: Path, values: np.ndarray) -> None:
    """Writes uint8 values as an xz-packed idx file."""
    header = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(lzma.compress(header + values.tobytes(), preset=9 | lzma.PRESET_EXTREME))


def main(root: str) -> None:
    """Writes the four files and the licence."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "LICENSE").write_text(LICENSE)
    for part, count in PER_CLASS.items():
        full = FashionMNIST(root, train=part == "train", download=True)
        images, labels = full.data.numpy(), full.targets.numpy().astype(np.uint8)
        chosen = first_of_each(labels, count)
        write_idx(FOLDER / f"{part}-images-idx3-ubyte.xz", images[chosen])
        write_idx(FOLDER / f"{part}-labels-idx1-ubyte.xz", labels[chosen])
        print(f"{part}: {len(chosen)} images of {full.source}")
    print(f"{sum(path.stat().st_size for path in FOLDER.iterdir()):,} bytes in {FOLDER.name}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "data")
