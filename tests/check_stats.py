"""Compares every number of `microtome stats` with NumPy's, for the files of a folder.

    python tests/check_stats.py PROGRAM FOLDER [--device cpu|gpu]

The folder has truth.json, which says what the files hold; lossy ones, and those that may be
read in two ways, are left out. Counts, minimum, maximum, neighbours of
percentiles, bit depth and histogram have to be equal. Mean and standard deviation are compared with those that NumPy
finds in longdouble: within 1e-15 and 1e-14, relative to the largest magnitude.
"""

import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np
import tifffile

PERCENTS = [0.0, 0.1, 1.0, 12.5, 50.0, 100.0 / 3.0, 95.5, 99.0, 99.9, 100.0]


def channels_of(path, right):
    """The voxels of every channel, one after the other, or None where the file is not one array of channels."""
    array = tifffile.TiffFile(path).series[0].asarray()
    axes = right["axes"]
    if list(array.shape) != list(right["shape"]) or len(axes) != array.ndim:
        return None
    last = [place for place, axis in enumerate(axes) if axis in "CS"]
    array = np.moveaxis(array, last, range(len(last)))
    count = int(np.prod(array.shape[: len(last)], dtype=int))
    return array.reshape(count, -1)


def differences(found, voxels):
    """What differs in one channel."""
    finite = voxels[np.isfinite(voxels)] if voxels.dtype.kind == "f" else voxels
    wanted = {"count": finite.size, "non_finite": voxels.size - finite.size}
    if finite.size:
        wanted["min"], wanted["max"] = finite.min(), finite.max()
        wanted["at_min"] = np.count_nonzero(finite == finite.min())
        wanted["at_max"] = np.count_nonzero(finite == finite.max())
        if voxels.dtype.kind == "u":
            wanted["bit_depth"] = max(int(finite.max()).bit_length(), 1)
    for key, value in wanted.items():
        if found[key] != value:
            yield f"{key} {found[key]} is not {value}"
    if not finite.size:
        return
    ordered = np.sort(finite)
    for percent in PERCENTS:
        for method in ["lower", "higher"]:
            value = np.percentile(ordered, percent, method=method)
            ours = found[f"percentiles_{method}"][f"{percent:g}" if percent != 100.0 / 3.0 else repr(percent)]
            if ours != value:
                yield f"{method} neighbour of {percent} %: {ours} is not {value}"
    edges, counts = found["histogram"]["edges"], found["histogram"]["counts"]
    edges = np.array(edges, dtype=object if voxels.dtype.kind in "iu" else np.float64)
    starts = np.searchsorted(ordered.astype(edges.dtype), edges[:-1], side="left")
    wanted = np.diff(np.append(starts, ordered.size))
    if wanted.tolist() != counts:
        yield "the histogram differs"
    exact = finite.astype(np.longdouble)
    scale = float(np.abs(exact).max())
    for key, value, bound in [("mean", exact.mean(), 1e-15), ("std", exact.std(), 1e-14)]:
        if abs(found[key] - float(value)) > bound * scale:
            yield f"{key} {found[key]} is not {value}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    truth = json.loads((args.folder / "truth.json").read_text())
    equal, left_out, wrong = 0, 0, []
    for name, file in truth["files"].items():
        path = args.folder / name
        is_image = path.is_file() and path.suffix in {".tif", ".tiff"} and not name.startswith("malformed/")
        if not is_image or file.get("expect") != "exact" or file.get("also_accept"):
            continue
        right = file["series"][0]
        percents = ",".join(repr(percent) for percent in PERCENTS)
        command = [args.program, "stats", path, "--json", "--device", args.device, "--percentiles", percents]
        run = subprocess.run(command, capture_output=True, text=True)
        channels = channels_of(path, right) if run.returncode == 0 else None
        found = json.loads(run.stdout)["channels"] if run.returncode == 0 else []
        if channels is None or len(channels) != len(found):
            left_out += 1
            print(f"left out: {name}: {run.stderr.strip() or 'tifffile reads it as another array'}")
            continue
        told = [f"{name}, channel {i}: {what}" for i, voxels in enumerate(channels) for what in differences(found[i], voxels)]
        wrong += told
        equal += not told
    print(f"{equal} files equal NumPy, {left_out} left out, {len(wrong)} numbers differ")
    print("\n".join(wrong))
    sys.exit(bool(wrong) or not equal)


if __name__ == "__main__":
    main()
