"""What `cargo bench --bench reading` reads, and what it is compared with: tifffile with imagecodecs.

Answers requests on standard input, a line each, with a line:
    versions                               what is compared
    write PATH LAYOUT COMPRESSION PREDICTOR  the SHA-256 of the voxels in the file, and their shape
    read PATH WORKERS                      seconds it took (WORKERS 0: as tifffile decides)
    check PATH WORKERS                     the SHA-256 of the voxels that are read
    pages PATH                             seconds it took to read page by page into the same memory again
    sum PATH                               a sum of the voxels that are read so, half pages counted 1, 2, 3 ... times
"""
import hashlib
import sys
import time

import imagecodecs
import numpy as np
import tifffile

PLANES, SIDE = 32, 2048


def volume():
    """Smooth structure and blobs, with normal noise of 9.2 counts (about five bits): 256 MiB of uint16."""
    random = np.random.default_rng(1)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    planes = np.empty((PLANES, SIDE, SIDE), np.uint16)
    for z in range(PLANES):
        structure = 900 + 300 * np.sin((x + 9 * z) / 90) * np.cos(y / 70)
        blobs = 2000 * (np.sin(x / 41) * np.sin((y + 5 * z) / 37)) ** 8
        planes[z] = structure + blobs + random.normal(30, 9.2, (SIDE, SIDE)).astype(np.float32)
    return planes


def write(path, layout, compression, predictor):
    tifffile.imwrite(
        path,
        planes,
        photometric="minisblack",
        tile=(256, 256) if layout == "tiles" else None,
        compression=None if compression == "none" else compression,
        predictor=predictor == "2",
    )
    return sha256(planes), *planes.shape


def read(path, workers):
    start = time.perf_counter()
    with tifffile.TiffFile(path) as tif:
        tif.asarray(out=out, maxworkers=int(workers) or None)
    return (time.perf_counter() - start,)


def check(path, workers):
    out.fill(0)
    read(path, workers)
    return (sha256(out),)


page = np.zeros((SIDE, SIDE), np.uint16)
page.fill(0)


def each_page(path, done):
    start = time.perf_counter()
    with tifffile.TiffFile(path) as tif:
        for tiff_page in tif.pages:
            tiff_page.asarray(out=page, maxworkers=1)
            done()
    return time.perf_counter() - start


def pages(path):
    return (each_page(path, lambda: None),)


def sum_of_pages(path):
    halves = []
    each_page(path, lambda: halves.extend(page.view(np.uint64).reshape(2, -1).sum(axis=1)))
    return (sum((place + 1) * int(half) for place, half in enumerate(halves)) % 2**64,)


def sha256(array):
    return hashlib.sha256(array).hexdigest()


def versions():
    python = sys.version.split()[0]
    of = {"tifffile": tifffile, "imagecodecs": imagecodecs, "numpy": np}
    names = ", ".join(f"{name} {module.__version__}" for name, module in of.items())
    return (f"{names}, Python {python}; tifffile's own choice of workers: {tifffile.TIFF.MAXWORKERS}",)


planes = volume()
# There already, and touched: what is timed is reading, not the system making room.
out = np.zeros_like(planes)
out.fill(0)
for line in sys.stdin:
    request, *arguments = line.split()
    answer = {"versions": versions, "write": write, "read": read, "check": check, "pages": pages, "sum": sum_of_pages}[request](*arguments)
    print(*answer, flush=True)
