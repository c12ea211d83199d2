"""The steps of `cargo bench --bench window` in napari: python napari_window.py STACK.tif STEPS

One layer per channel, added up, in a window of 1280 x 800. A step is a change through napari's own interface: no mouse,
no key, no X event. What is timed begins with that change and ends when a frame has been drawn after it, Qt has nothing
more to do, and OpenGL has finished. Between two steps the window comes to rest, which is not timed.

Prints a line per kind of step: its name, and the milliseconds of each step.
"""

import os
import sys
import time

# No preferences are read, none are kept.
os.environ["NAPARI_CONFIG"] = ""

import napari
import tifffile
from napari.settings import get_settings
from qtpy.QtWidgets import QApplication
from vispy.gloo import gl

WINDOW_PX = (1280, 800)
# Between two steps, and the longest a step may take, in seconds.
REST_S = 0.03
LIMIT_S = 30.0


def wave(step, least, most, by):
    """Up and down between two numbers."""
    count = (most - least) // by
    phase = step % (2 * count)
    return least + by * min(phase, 2 * count - phase)


def open_stack(path):
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        stack, axes = series.asarray(), series.axes
    channel_axis = next((axes.index(axis) for axis in "CS" if axis in axes), None)
    viewer = napari.Viewer()
    viewer.window._qt_window.resize(*WINDOW_PX)
    channels = [stack] if channel_axis is None else [stack.take(c, channel_axis) for c in range(stack.shape[channel_axis])]
    colors = ["red", "green", "blue", "cyan", "magenta", "yellow", "bop orange", "gray"]
    layers = [
        viewer.add_image(
            channel,
            colormap=colors[c % len(colors)] if len(channels) > 1 else "gray",
            blending="additive",
            contrast_limits=(int(channel.min()), int(channel.max())),
        )
        for c, channel in enumerate(channels)
    ]
    return viewer, layers


class Clock:
    """Times changes until they are drawn."""

    def __init__(self, viewer):
        self.canvas = viewer.window._qt_viewer.canvas._scene_canvas
        self.draws = 0
        self.canvas.events.draw.connect(self.drawn, position="last")

    def drawn(self, event):
        self.draws += 1

    def rest(self, seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            QApplication.processEvents()
            time.sleep(0.001)

    def time_ms(self, change):
        draws = self.draws
        start = time.perf_counter()
        change()
        while self.draws == draws:
            QApplication.processEvents()
            if time.perf_counter() - start > LIMIT_S:
                sys.exit("napari draws nothing")
        self.canvas.set_current()
        gl.glFinish()
        taken = time.perf_counter() - start
        self.rest(REST_S)
        return taken * 1e3


def steps_of(viewer, layers):
    """Kinds of steps, each of which makes the change of its number; as far as those in microtome go."""
    active, camera = layers[0], viewer.scene.camera
    lo, hi = active.contrast_limits
    width = hi - lo
    y, x = camera.center[-2:]
    zoom = camera.zoom

    def handle_lo(step):
        active.contrast_limits = (lo + width * wave(step, 20, 80, 6) / 284, hi)

    def handle_hi(step):
        active.contrast_limits = (lo, hi - width * wave(step, 20, 80, 6) / 284)

    def window_level(step):
        active.contrast_limits = (lo + wave(step, 20, 80, 6), hi - 2 * wave(step, 20, 80, 6))

    def z(step):
        viewer.dims.set_point(0, wave(step + 1, 0, 15, 1))

    def zoom_at(step):
        factor = 1.15 ** wave(step + 1, 0, 10, 2)
        camera.zoom = zoom * factor
        # What is at this place stays where it is.
        camera.center = (0.0, y + 40 * (1 - 1 / factor), x + 60 * (1 - 1 / factor))

    def pan(step):
        by = wave(step, 8, 80, 8)
        camera.center = (0.0, y - by / zoom, x - by / zoom)

    return {"lo": handle_lo, "hi": handle_hi, "window/level": window_level, "zoom": zoom_at, "z step": z, "pan": pan}


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    get_settings().experimental.async_ = False  # else the first frame after a step still shows the old plane
    viewer, layers = open_stack(path)
    clock = Clock(viewer)
    clock.rest(2.0)
    size = clock.canvas.native.size()
    print(f"napari {napari.__version__}: canvas of {size.width()} x {size.height()}, {len(layers)} layers, "
          f"{gl.glGetParameter(gl.GL_RENDERER)}", file=sys.stderr)
    for name, change in steps_of(viewer, layers).items():
        for step in range(-5, 0):
            clock.time_ms(lambda: change(step % 20))
        times = [clock.time_ms(lambda: change(step)) for step in range(count)]
        print(name, *(f"{ms:.2f}" for ms in times), sep="\t", flush=True)
        viewer.reset_view()
        clock.rest(0.2)


main()
