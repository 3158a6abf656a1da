"""Random numbers that belong to a scenario: same seed, stream and scenario, same numbers.

A counter-based generator is addressed rather than advanced, so results do not depend on chunks,
threads or how many scenarios are drawn, and strategies compared under one seed meet the same
courts and the same markets.

References
----------
Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Philox).
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

_PER_COUNTER = 4  # 64-bit words that one Philox counter yields
_LEAST = 2.0**-54  # half of the smallest step of a 53-bit uniform


def uniforms(seed: int, stream: str, first: int, count: int, width: int) -> Array:
    """Return `width` uniforms in (0, 1) for scenarios `first` .. `first + count - 1`.

    Parameters
    ----------
    seed
        >= 0, below 2**63.
    stream
        What the numbers are for; streams are independent.
    """
    stride = -(-width // _PER_COUNTER)
    key = np.array([seed, crc32(stream.encode())], dtype=np.uint64)
    counter = np.array([first * stride, 0, 0, 0], dtype=np.uint64)
    generator = np.random.Generator(np.random.Philox(key=key, counter=counter))
    block = generator.random((count, stride * _PER_COUNTER))[:, :width]
    return np.maximum(block, _LEAST)


def normals(seed: int, stream: str, first: int, count: int, width: int) -> Array:
    """Return standard normals by inversion, laid out as `uniforms`."""
    return np.asarray(ndtri(uniforms(seed, stream, first, count, width)))
