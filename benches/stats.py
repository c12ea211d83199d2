"""Statistics of whole files, start to end: `microtome stats` against tifffile and NumPy.

    cargo build --release
    python benches/stats.py target/release/microtome [--rounds N] [--folder DIR] [--small]

Every contender is a process of its own that is started, reads the file, computes per channel minimum, maximum and the
percentiles 0.1, 1, 50, 99 and 99.9, prints them, and ends; all take turns, and what they print is compared. The files are
16-bit TIFFs, uncompressed, written to DIR or the system's folder for temporary files: 25 MB of three interleaved
channels (16 x 512 x 512 x 3) and 512 MB of one (64 x 2048 x 2048). They are read once before anything is timed: from the
system's cache. --small makes both small, to try the script. It needs numpy and tifffile.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tifffile

PERCENTILES = [0.1, 1, 50, 99, 99.9]
THREADS = 2
BINS = 1 << 16


# ---------------------------------------------------------------- the contenders in NumPy: each takes the whole array

def channels_of(volume):
    """One array per channel; interleaved ones are views with strides."""
    return [volume[..., c] for c in range(volume.shape[-1])] if volume.ndim == 4 else [volume]


def percentile(volume):
    """What people write."""
    return [
        (int(channel.min()), int(channel.max()), np.percentile(channel, PERCENTILES).tolist())
        for channel in channels_of(volume)
    ]


def axis(volume):
    """The same with one call for all channels."""
    if volume.ndim == 3:
        return percentile(volume)
    over = (0, 1, 2)
    lows, highs = volume.min(axis=over), volume.max(axis=over)
    found = np.percentile(volume, PERCENTILES, axis=over).T
    return [(int(low), int(high), row.tolist()) for low, high, row in zip(lows, highs, found)]


def bincount(volume):
    """The fastest known to us: a histogram of every value, in pieces that stay in the cache, on two threads."""
    planes = volume.reshape(-1, volume.shape[-1]) if volume.ndim == 4 else volume.reshape(-1, 1)
    piece = (1 << 20) // planes.shape[1]

    def count(start):
        part = planes[start : start + piece]
        return np.stack([np.bincount(part[:, c], minlength=BINS) for c in range(part.shape[1])])

    with ThreadPoolExecutor(THREADS) as pool:
        counts = sum(pool.map(count, range(0, len(planes), piece)))
    return [from_counts(row) for row in counts]


def from_counts(counts):
    """Minimum, maximum, and percentiles as np.percentile interpolates them."""
    values = np.flatnonzero(counts)
    ends = np.cumsum(counts[values])
    at = np.array(PERCENTILES) / 100 * (ends[-1] - 1)
    below, above = np.floor(at), np.ceil(at)
    low, high = (values[np.searchsorted(ends, rank, side="right")].astype(float) for rank in (below, above))
    return int(values[0]), int(values[-1]), (low + (high - low) * (at - below)).tolist()


NUMPY = {"percentile": percentile, "axis": axis, "bincount": bincount}


# ---------------------------------------------------------------- files

def volume(shape):
    """12-bit counts of a camera: smooth structure and blobs, with normal noise of 9 counts."""
    random = np.random.default_rng(4)
    depth, height, width = shape[:3]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    planes = np.empty(shape, np.uint16)
    for z in range(depth):
        structure = 900 + 300 * np.sin((x + 9 * z) / 90) * np.cos(y / 70)
        blobs = 2000 * (np.sin(x / 41) * np.sin((y + 5 * z) / 37)) ** 8
        noise = random.normal(30, 9, (height, width)).astype(np.float32)
        plane = structure + blobs + noise
        planes[z] = plane[..., np.newaxis] * np.float32([0.5, 0.8, 1.1]) if len(shape) == 4 else plane
    return planes


def write(folder, shape):
    path = pathlib.Path(folder) / f"{'x'.join(map(str, shape))}.tif"
    tifffile.imwrite(path, volume(shape), photometric="rgb" if len(shape) == 4 else "minisblack")
    return path


# ---------------------------------------------------------------- the race

def numbers_of(text, is_microtome):
    """What a contender printed, as a list of (minimum, maximum, percentiles) per channel."""
    found = json.loads(text)
    if not is_microtome:
        return found
    keys = [str(p) for p in PERCENTILES]
    return [[c["min"], c["max"], [c["percentiles"][key] for key in keys]] for c in found["channels"]]


def agree(a, b):
    return len(a) == len(b) and all(
        x[:2] == y[:2] and np.allclose(x[2], y[2], rtol=1e-12, atol=1e-9) for x, y in zip(a, b)
    )


def race(microtome, path, rounds):
    python = [sys.executable, __file__, "--compute"]
    contenders = {
        "microtome, GPU": [microtome, "stats", str(path), "--json", "--device", "gpu"],
        "microtome, CPU": [microtome, "stats", str(path), "--json", "--device", "cpu"],
        "NumPy, percentile per channel": [*python, "percentile", str(path)],
        "NumPy, percentile with axis": [*python, "axis", str(path)],
        "NumPy, bincount on 2 threads": [*python, "bincount", str(path)],
    }
    if "x3.tif" not in path.name:
        del contenders["NumPy, percentile with axis"]  # the same as per channel
    path.read_bytes()
    times = {name: [] for name in contenders}
    expected = None
    for _ in range(rounds):
        for name, command in contenders.items():
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True)
            seconds = time.perf_counter() - start
            if done.returncode != 0:
                sys.exit(f"{name}: {done.stderr.strip()}")
            found = numbers_of(done.stdout, name.startswith("microtome"))
            expected = expected or found
            if not agree(found, expected):
                sys.exit(f"{name} found {found}, {next(iter(contenders))} found {expected}")
            times[name].append(seconds)
    return times


def report(path, times):
    size = path.stat().st_size
    medians = {name: statistics.median(runs) for name, runs in times.items()}
    numpy = {name: seconds for name, seconds in medians.items() if name.startswith("NumPy")}
    plain, best = numpy["NumPy, percentile per channel"], min(numpy.values())
    print(f"\n{path.name}, {size / 1e6:.0f} MB\n")
    print("| who | median s | least s | most s | GB/s | np.percentile : it | the best NumPy : it |")
    print("|---|---|---|---|---|---|---|")
    for name, runs in times.items():
        seconds = medians[name]
        print(
            f"| {name} | {seconds:.3f} | {min(runs):.3f} | {max(runs):.3f} | {size / seconds / 1e9:.2f} "
            f"| {plain / seconds:.2f} | {best / seconds:.2f} |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("microtome", help="the program, built for release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", help="where the files are written")
    parser.add_argument("--small", action="store_true", help="small files, to try the script")
    args = parser.parse_args()
    shapes = [(4, 64, 64, 3), (2, 128, 128)] if args.small else [(16, 512, 512, 3), (64, 2048, 2048)]
    print(
        f"Python {sys.version.split()[0]}, NumPy {np.__version__}, tifffile {tifffile.__version__}; whole processes in turn, "
        f"{args.rounds} rounds; a contender whose numbers differ ends it."
    )
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        for shape in shapes:
            path = write(folder, shape)
            report(path, race(args.microtome, path, args.rounds))
            path.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compute"]:
        print(json.dumps(NUMPY[sys.argv[2]](tifffile.imread(sys.argv[3]))))
    else:
        main()
