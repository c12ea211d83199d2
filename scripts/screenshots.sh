#!/usr/bin/env bash
# Takes pictures of the window as people see it: nine scenes, in two sizes, dark and light, 36 in all.
#
#     scripts/screenshots.sh FOLDER [PROGRAM]
#
# PROGRAM is target/release/microtome by default. Needs Xvfb, xdotool, ImageMagick's `import`, and a Python with numpy
# and tifffile ($PYTHON, else python3).
set -euo pipefail

folder=${1:?'usage: scripts/screenshots.sh FOLDER [PROGRAM]'}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$(realpath "${2:-$root/target/release/microtome}")
python=${PYTHON:-python3}
for tool in Xvfb xdotool import "$python" "$program"; do
    command -v "$tool" >/dev/null || { echo "error: $tool is missing" >&2; exit 1; }
done

mkdir -p "$folder"
folder=$(realpath "$folder")
work=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
cd "$work"

# Forty channels, and a file that takes a while.
"$python" - <<'PYTHON'
import lzma

import numpy, tifffile

random = numpy.random.default_rng(1)
y, x = numpy.mgrid[0:256, 0:256]
def blobs(count, size):
    plane = numpy.zeros((256, 256))
    for v, u, radius in zip(random.uniform(0, 256, count), random.uniform(0, 256, count), random.uniform(0.5, 1.5, count)):
        plane += numpy.exp(-((y - v) ** 2 + (x - u) ** 2) / (size * radius) ** 2)
    return plane
stack = numpy.empty((5, 40, 256, 256), "uint16")
for channel in range(40):
    scene = blobs(25, random.uniform(4, 16))
    for z in range(5):
        noise = random.poisson(40, scene.shape)
        stack[z, channel] = noise + 3000 * scene * numpy.exp(-((z - 2) / 2) ** 2)
names = [f"marker {channel + 1:02}" for channel in range(40)]
metadata = {"axes": "ZCYX", "Channel": {"Name": names}, "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 2.0}
tifffile.imwrite("tissue-40-markers.ome.tif", stack, metadata=metadata, photometric="minisblack")

plane = numpy.kron(blobs(90, 6), numpy.ones((6, 6)))
plane *= 2500 / plane.max()
packed = [
    lzma.compress((plane * (0.4 + 0.08 * step) + (step * 7919 + numpy.arange(1536)) % 97).astype("<u2").tobytes(), preset=0)
    for step in range(8)
]
tifffile.imwrite("light-sheet.tif", (packed[z // 40] for z in range(320)), shape=(320, 1536, 1536), dtype="<u2",
                 compression="lzma", rowsperstrip=1536, photometric="minisblack", imagej=False, metadata={"axes": "ZYX"})
PYTHON

exec 3<>"$work/display" 2>/dev/null || true
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp -dpi 96 3>"$work/display" 2>/dev/null &
server=$!
until [ -s "$work/display" ]; do sleep 0.05; done
export DISPLAY=":$(cat "$work/display")" WINIT_X11_SCALE_FACTOR=1 MICROTOME_TRACE=1 XDG_CONFIG_HOME=$work/config
unset WAYLAND_DISPLAY WAYLAND_SOCKET

# Opens the program at a size and in a look, and waits for what it says.
open() { # LINE ARGUMENT...
    local line=$1
    shift
    mkdir -p "$work/config/microtome"
    echo "{\"window\": [$width, $height], \"look\": \"$look\"}" >"$work/config/microtome/preferences.json"
    xdotool mousemove 1279 799
    "$program" "$@" >"$work/said" 2>&1 &
    pid=$!
    until grep -q "$line" "$work/said"; do
        kill -0 "$pid" 2>/dev/null || { cat "$work/said" >&2; exit 1; }
        sleep 0.05
    done
    window=$(xdotool search --pid "$pid" | tail -1)
    # A window that is just being shown may refuse the keyboard.
    for _ in $(seq 50); do
        [ "$(xdotool getwindowfocus -f 2>/dev/null)" != "$window" ] || break
        xdotool windowfocus "$window" 2>/dev/null || true
        sleep 0.1
    done
}

keys() { xdotool key --delay 60 "$@"; }

drag() { # FROM TO, as shares of the canvas in percent
    read -r x y w h < <(grep '^canvas: ' "$work/said" | tail -1 | cut -d' ' -f2-)
    xdotool mousemove $((x + w * $1 / 100)) $((y + h * $2 / 100)) mousedown 1
    xdotool mousemove $((x + w * ($1 + $3) / 200)) $((y + h * ($2 + $4) / 200)) mousemove $((x + w * $3 / 100)) $((y + h * $4 / 100))
    sleep 0.2
    xdotool mouseup 1
}

# Takes the picture, once the window has come to rest, and ends the program.
shoot() { # NAME [SECONDS]
    sleep "${2:-1.5}"
    import -window root -crop "${width}x$height+0+0" +repage "$folder/$1-${width}x$height-$look.png"
    echo "$1-${width}x$height-$look.png"
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    pid=
}

for size in 1280x800 1024x700; do
    width=${size%x*} height=${size#*x}
    for look in dark light; do
        open 'complete picture' --scale-bar
        shoot composite
        open 'complete picture' --layout montage --labels --scale-bar
        shoot montage
        open 'complete picture' tissue-40-markers.ome.tif --layout montage
        shoot channels-40
        open 'complete picture' --z 6
        xdotool keydown ctrl keydown shift
        drag 30 35 70 60
        xdotool keyup shift keyup ctrl mousemove 1279 799
        shoot profile
        open 'complete picture'
        keys ctrl+shift+p
        xdotool type --delay 60 plane
        shoot palette
        open 'complete picture'
        keys h
        shoot help
        open 'first picture' light-sheet.tif
        shoot loading 0.6
        open 'complete picture'
        keys ctrl+shift+o
        xdotool key ctrl+a
        xdotool type --delay 20 /data/kidney/stack.tif
        keys Return
        shoot error
        open 'complete picture' --keymap fiji
        keys h
        shoot help-fiji
    done
done
