"""Data for the theorems: digits, MNIST, synthetic inputs at prescribed angles, and a user's own files; checked."""

from numerics.data.datasets import PARALLEL, DataError, Dataset, dataset, parallel_pairs
from numerics.data.files import load
from numerics.data.images import digits, labelled_images, mnist
from numerics.data.places import NAMES, fetch, located
from numerics.data.synthetic import at_angles, equal_angles, sphere

__all__ = [
    "NAMES",
    "PARALLEL",
    "DataError",
    "Dataset",
    "at_angles",
    "dataset",
    "digits",
    "equal_angles",
    "fetch",
    "labelled_images",
    "load",
    "located",
    "mnist",
    "parallel_pairs",
    "sphere",
]
