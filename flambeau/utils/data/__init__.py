"""Datasets, samplers, collation and DataLoader: PyTorch's torch.utils.data, plus whole-batch reading, saving a loader's place,
lists that workers share, and streams of what is larger than memory."""
from __future__ import annotations

from . import datapipes, graph_settings
from .collate import default_collate, default_convert
from .columns import ColumnFiles
from .dataloader import DataLoader
from .datapipes import DataChunk, IterDataPipe, MapDataPipe, functional_datapipe
from .dataset import ChainDataset, ConcatDataset, Dataset, IterableDataset, StackDataset, Subset, TensorDataset, random_split
from .distributed import DistributedSampler
from .info import get_worker_info
from .packed import PackedList
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler, WeightedRandomSampler
from .shards import TarShards
from .streams import Stream

__all__ = [
    "BatchSampler", "ChainDataset", "ColumnFiles", "ConcatDataset", "DataChunk", "DataLoader", "Dataset", "DistributedSampler", "IterDataPipe",
    "IterableDataset", "MapDataPipe", "PackedList", "RandomSampler", "Sampler", "SequentialSampler", "StackDataset", "Stream", "Subset",
    "SubsetRandomSampler", "TarShards", "TensorDataset", "WeightedRandomSampler", "datapipes", "default_collate", "default_convert",
    "functional_datapipe", "get_worker_info", "graph_settings", "random_split",
]
