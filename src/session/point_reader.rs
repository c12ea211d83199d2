use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::source::{Source, Wake};
use crate::volume::{Axis, Box3, Region, Value};

use super::background::Background;
use super::contrast::PlaneKey;
use super::pick::value;

/// Voxels that are read at once.
const READ_VOXELS: u64 = 1 << 20;

/// Per channel and point; `None` where nothing can be read.
type Values = Vec<Vec<Option<Value>>>;

/// Reads the largest values at points of planes from the file, on a thread of its own. Dropping it stops it.
pub(super) struct PointReader {
    answer: Receiver<Values>,
    is_stopped: Arc<AtomicBool>,
}

impl PointReader {
    /// Starts; `wake` is called when there is an answer. `points` are voxels (z, y, x) of one of `planes`.
    pub(super) fn start(
        source: &Arc<dyn Source>,
        plane: PlaneKey,
        planes: Range<u64>,
        channels: Vec<usize>,
        points: Vec<[u64; 3]>,
        wake: &Wake,
    ) -> Self {
        let background = Background::new(source, &Arc::default(), 0);
        let is_stopped = background.stop_switch();
        let (sender, answer) = bounded(1);
        let (wake, stop) = (wake.clone(), is_stopped.clone());
        std::thread::spawn(move || {
            let mut values: Values = vec![vec![None; points.len()]; channels.len()];
            for (&channel, values) in channels.iter().zip(&mut values) {
                for index in planes.clone() {
                    for part in parts(&points, plane.normal) {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let (points, values) = (&points[part.clone()], &mut values[part]);
                        read(&background, plane, index, channel as u64, points, values);
                    }
                }
            }
            // Nobody listens any more where something else is wanted.
            let _ = sender.send(values);
            wake();
        });
        Self { answer, is_stopped }
    }

    /// The values, once they have come.
    pub(super) fn poll(&self) -> Option<Values> {
        match self.answer.try_recv() {
            Ok(values) => Some(values),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Vec::new()),
        }
    }
}

impl Drop for PointReader {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}

/// The smallest box around points, on the plane at `index`.
fn around(points: &[[u64; 3]], normal: Axis, index: u64) -> Box3 {
    let mut zyx = Box3 {
        z: 0..0,
        y: 0..0,
        x: 0..0,
    };
    for axis in Axis::ALL {
        let places = || points.iter().map(|point| point[axis.index()]);
        let range = places().min().unwrap_or(0)..places().max().map_or(0, |last| last + 1);
        *zyx.along_mut(axis) = if axis == normal { index..index + 1 } else { range };
    }
    zyx
}

/// Runs of points whose box is small enough to be read at once.
fn parts(points: &[[u64; 3]], normal: Axis) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    while start < points.len() {
        // Points of a line: the box grows with every one of them.
        let is_small = |&end: &usize| around(&points[start..end], normal, 0).voxels() <= READ_VOXELS;
        let mut end = points.len();
        while end > start + 1 && !is_small(&end) {
            end = start + (end - start).div_ceil(2);
        }
        parts.push(start..end);
        start = end;
    }
    parts
}

/// Takes the values of points of a plane, where they are larger than those that are there. What cannot be read has none; the
/// load that met it has said so.
fn read(
    source: &Background,
    plane: PlaneKey,
    index: u64,
    channel: u64,
    points: &[[u64; 3]],
    values: &mut [Option<Value>],
) {
    let sample_type = source.dataset().sample_type;
    let zyx = around(points, plane.normal, index);
    let region = Region {
        level: 0,
        t: plane.t,
        c: channel..channel + 1,
        zyx: zyx.clone(),
    };
    let mut voxels = vec![0; region.voxels() as usize * sample_type.bytes()];
    if source.read(&region, &mut voxels).is_err() {
        return;
    }
    let (origin, [_, height, width]) = (zyx.origin(), zyx.size());
    for (point, known) in points.iter().zip(values) {
        let mut place = *point;
        place[plane.normal.index()] = index;
        let [z, y, x] = [0, 1, 2].map(|axis| place[axis] - origin[axis]);
        let start = ((z * height + y) * width + x) as usize * sample_type.bytes();
        let new = value(&voxels[start..start + sample_type.bytes()], sample_type);
        *known = Some(known.map_or(new, |known| larger(known, new)));
    }
}

/// The larger value of a type; NaN only where both are.
fn larger(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Value::Integer(a.max(b)),
        _ => Value::Float(a.as_f64().max(b.as_f64())),
    }
}
