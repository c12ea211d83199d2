//! Statistics of the shown plane, or of a box drawn over it: what is asked, and what is copied.

use std::path::Path;
use std::time::Instant;

use super::drawing::Drawing;
use super::program::{PUMP_PERIOD, Program};
use crate::session::{FullStats, Measured, OpenRequest, Scope};
use crate::view::PlaneBox;
use crate::volume::{Axis, Dataset, PERCENTILES, Percentile, SampleType, Value};

/// What is measured for the person at the window.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// Whether they are shown.
    pub(crate) is_open: bool,
    /// The box that was drawn last.
    pub(crate) area: Option<PlaneBox>,
    /// What the viewer was asked for.
    pub(crate) asked: Option<Scope>,
    /// Frames that had been presented when it was asked for.
    frames_before: u64,
    /// What the trace told last.
    told: Option<Scope>,
}

impl Statistics {
    /// Forgets what belonged to a file.
    pub(crate) fn forget(&mut self) {
        *self = Self {
            is_open: self.is_open,
            ..Self::default()
        };
    }
}

impl Program {
    /// The box has another corner now.
    pub(super) fn stretch_box(&mut self, drawing: &Drawing) {
        let corners = self.viewer.view().zip(drawing.to_uv);
        let area = corners.and_then(|(view, to_uv)| view.box_between(drawing.from_uv, to_uv));
        if area != self.statistics.area {
            self.statistics.area = area;
            self.statistics.is_open = true;
            self.follow_statistics();
            self.redraw_for_input();
        }
    }

    /// Draws the box around what is seen of the plane.
    pub(super) fn measure_seen(&mut self) {
        let Some(view) = self.viewer.view() else { return };
        if let Some([from_uv, to_uv]) = self.seen_uv(view) {
            self.statistics.area = view.box_between(from_uv, to_uv);
            self.statistics.is_open = true;
            self.follow_statistics();
        }
    }

    /// Takes the box away. Returns whether there was one to be seen.
    pub(super) fn clear_box(&mut self) -> bool {
        let normal = self.viewer.view().map(|view| view.normal);
        let is_seen = |area: &PlaneBox| Some(area.normal()) == normal;
        let was_seen = self.statistics.area.take_if(|area| is_seen(area)).is_some();
        self.drawing = None;
        self.follow_statistics();
        was_seen
    }

    /// Asks for the statistics of what is seen now, where they are shown and not asked for yet.
    pub(super) fn follow_statistics(&mut self) {
        let Some(screen) = &self.screen else { return };
        let scope = match self.statistics.is_open {
            true => self.viewer.scope(self.statistics.area.as_ref()),
            false => None,
        };
        if scope == self.statistics.asked {
            return;
        }
        self.viewer.measure(&screen.gpu, scope.clone());
        self.statistics.asked = scope;
        self.statistics.frames_before = self.trace.frames();
        if self.viewer.is_busy() {
            self.pump_at.get_or_insert_with(|| Instant::now() + PUMP_PERIOD);
        }
    }

    /// A frame was presented that showed the statistics of `shown`.
    pub(super) fn trace_statistics(&mut self, shown: Option<Scope>) {
        let statistics = &mut self.statistics;
        if !self.trace.is_on() || shown.is_none() || shown != statistics.asked || shown == statistics.told {
            return;
        }
        let frames = self.trace.frames() - statistics.frames_before;
        statistics.told = shown;
        if let (Some(measured), Some(dataset)) = (self.viewer.measured(), self.viewer.dataset()) {
            eprintln!("statistics: frames since asked {frames}");
            for line in as_lines(measured, dataset).lines() {
                eprintln!("statistics: {line}");
            }
        }
    }

    /// Copies the numbers, as lines of fields between tabs.
    pub(super) fn copy_statistics(&mut self) {
        if let (Some(measured), Some(dataset)) = (self.viewer.measured(), self.viewer.dataset()) {
            let text = as_lines(measured, dataset);
            self.copy(text, "the statistics");
        }
    }

    /// Copies the command that prints the same numbers.
    pub(super) fn copy_statistics_command(&mut self) {
        if let (Some(measured), Some(dataset)) = (self.viewer.measured(), self.viewer.dataset()) {
            let text = command(&self.request, dataset, &measured.scope);
            self.copy(text, "the command");
        }
    }
}

// ---------------------------------------------------------------- numbers

/// The numbers of a channel and what they are called, in the order in which they are shown; `all` of them, or as many as
/// a small table has. `None` where there is none, as without a finite voxel.
pub(crate) fn named_numbers(of: &FullStats, sample_type: SampleType, all: bool) -> Vec<(String, Option<Value>)> {
    let integer = |value: u64| Some(Value::Integer(value.into()));
    let few = [PERCENTILES[0], 50.0, PERCENTILES[PERCENTILES.len() - 1]];
    let mut named = vec![
        ("count".to_owned(), integer(of.count)),
        ("min".to_owned(), of.stats.range.map(|range| range.0)),
    ];
    for (place, percent) in PERCENTILES.into_iter().enumerate() {
        if all || few.contains(&percent) {
            let name = match percent {
                50.0 => "median".to_owned(),
                _ => format!("{percent} %"),
            };
            named.push((name, of.percentiles.get(place).map(Percentile::as_value)));
        }
    }
    named.push(("max".to_owned(), of.stats.range.map(|range| range.1)));
    named.push(("mean".to_owned(), of.mean.map(Value::Float)));
    named.push(("std".to_owned(), of.std.map(Value::Float)));
    if sample_type.is_float() || all {
        named.push(("non-finite".to_owned(), integer(of.stats.non_finite)));
    }
    if !sample_type.is_float() || all {
        named.push((
            "bit depth".to_owned(),
            of.bit_depth.and_then(|bits| integer(bits.into())),
        ));
    }
    named
}

/// `z 8 · y 100:300 · x 50:250`, or `plane z 8`; half-open ranges, as on the command line.
pub(crate) fn coverage(scope: &Scope, dataset: &Dataset) -> String {
    let shape = dataset.shape;
    let normal = scope.plane.normal;
    let time = if shape.t > 1 {
        format!("t {} \u{b7} ", scope.plane.t)
    } else {
        String::new()
    };
    let is_whole = scope.zyx == shape.volume_box().layer(normal, scope.plane.index);
    if is_whole {
        return format!("{time}plane {normal} {}", scope.plane.index);
    }
    let parts = Axis::ALL.map(|axis| match axis == normal {
        true => format!("{axis} {}", scope.plane.index),
        false => {
            let range = scope.zyx.along(axis);
            format!("{axis} {}:{}", range.start, range.end)
        }
    });
    format!("{time}{}", parts.join(" \u{b7} "))
}

/// A line of names and one per channel, fields between tabs; every number in full.
pub(crate) fn as_lines(measured: &Measured, dataset: &Dataset) -> String {
    let Scope { plane, zyx, channels } = &measured.scope;
    let range = |axis: Axis| format!("{axis} {}:{}", zyx.along(axis).start, zyx.along(axis).end);
    let region = format!("t {} {}", plane.t, Axis::ALL.map(range).join(" "));
    let numbers = measured.numbers.iter().flat_map(|numbers| &numbers.channels);
    let mut lines = Vec::new();
    for (&channel, numbers) in channels.iter().zip(numbers) {
        let (names, values): (Vec<_>, Vec<_>) = named_numbers(numbers, dataset.sample_type, true).into_iter().unzip();
        if lines.is_empty() {
            lines.push(format!("region\tchannel\t{}\n", names.join("\t")));
        }
        // A name may hold anything.
        let name = dataset.channel_name(channel).replace(['\t', '\n', '\r'], " ");
        let text = |value: Option<Value>| value.map_or_else(String::new, |value| value.to_string());
        let values: Vec<String> = values.into_iter().map(text).collect();
        lines.push(format!("{region}\t{name}\t{}\n", values.join("\t")));
    }
    lines.concat()
}

/// The command line that prints the same numbers.
pub(crate) fn command(request: &OpenRequest, dataset: &Dataset, scope: &Scope) -> String {
    let shape = dataset.shape;
    let mut words = vec!["microtome stats".to_owned(), path_word(&request.path)];
    if let Some(axes) = &request.axes {
        words.push(format!("--axes {}", quoted(axes)));
    }
    if request.series != 0 {
        words.push(format!("--series {}", request.series));
    }
    if shape.t > 1 {
        words.push(format!("--t {}", scope.plane.t));
    }
    for axis in Axis::ALL {
        let range = scope.zyx.along(axis);
        if *range != (0..shape.along(axis)) {
            words.push(format!("--{axis} {}:{}", range.start, range.end));
        }
    }
    if scope.channels.len() as u64 != shape.c {
        let channels: Vec<String> = scope.channels.iter().map(usize::to_string).collect();
        words.push(format!("--channels {}", channels.join(",")));
    }
    words.join(" ")
}

/// A path as a word for a shell, that no program takes for an option; one that is no text as Bash and zsh take it.
pub(super) fn path_word(path: &Path) -> String {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        return path_word(&Path::new(".").join(path));
    }
    if let Some(text) = path.to_str() {
        return quoted(text);
    }
    let escaped = |&byte: &u8| match byte {
        b'\'' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' => (byte as char).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    let bytes: String = path.as_os_str().as_encoded_bytes().iter().map(escaped).collect();
    format!("$'{bytes}'")
}

/// A word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:,@%=~".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) && !word.starts_with(['~', '-']) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::PlaneKey;
    use crate::volume::{Box3, Shape};

    fn dataset(t: u64) -> Dataset {
        let shape = Shape {
            t,
            c: 3,
            z: 16,
            y: 400,
            x: 600,
        };
        Dataset::new(shape, SampleType::U16)
    }

    fn scope(normal: Axis, index: u64, zyx: Box3) -> Scope {
        let plane = PlaneKey { t: 2, normal, index };
        Scope {
            plane,
            zyx,
            channels: vec![0, 1, 2],
        }
    }

    #[test]
    fn statistics_say_what_they_are_of() {
        let part = Box3 {
            z: 8..9,
            y: 100..300,
            x: 50..250,
        };
        let one = dataset(1);
        let of_box = scope(Axis::Z, 8, part.clone());
        assert_eq!(coverage(&of_box, &one), "z 8 \u{b7} y 100:300 \u{b7} x 50:250");
        let plane = scope(Axis::X, 7, one.shape.volume_box().layer(Axis::X, 7));
        assert_eq!(coverage(&plane, &one), "plane x 7");
        assert_eq!(coverage(&plane, &dataset(5)), "t 2 \u{b7} plane x 7");
        let across = Box3 { y: 3..4, ..part };
        let across = scope(Axis::Y, 3, across);
        assert_eq!(coverage(&across, &one), "z 8:9 \u{b7} y 3 \u{b7} x 50:250");
    }

    #[cfg(unix)]
    #[test]
    fn paths_are_quoted_whatever_is_in_them() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let quoted = |bytes: &[u8]| path_word(Path::new(OsStr::from_bytes(bytes)));
        assert_eq!(quoted(b"/data/a.tif"), "/data/a.tif");
        assert_eq!(quoted(b"a b.tif"), "'a b.tif'");
        assert_eq!(quoted(b"b\xff's \\.tif"), r"$'b\xff\'s \\.tif'");
    }

    #[test]
    fn the_command_is_of_the_same_voxels() {
        let request = OpenRequest {
            path: "stack 1's.tif".into(),
            ..Default::default()
        };
        let part = Box3 {
            z: 8..9,
            y: 100..300,
            x: 50..250,
        };
        let mut of_box = scope(Axis::Z, 8, part);
        assert_eq!(
            command(&request, &dataset(1), &of_box),
            r"microtome stats 'stack 1'\''s.tif' --z 8:9 --y 100:300 --x 50:250"
        );
        of_box.channels = vec![0, 2];
        let request = OpenRequest {
            path: "/data/a.tif".into(),
            axes: Some("TZCYX".into()),
            series: 3,
            ..Default::default()
        };
        let whole = dataset(5).shape.volume_box().layer(Axis::Y, 4);
        of_box.zyx = whole;
        assert_eq!(
            command(&request, &dataset(5), &of_box),
            "microtome stats /data/a.tif --axes TZCYX --series 3 --t 2 --y 4:5 --channels 0,2"
        );
        assert_eq!(quoted("sample:kidney"), "sample:kidney");
        assert_eq!(path_word(Path::new("-x.tif")), "./-x.tif");
        assert_eq!(path_word(Path::new("- x.tif")), "'./- x.tif'");
        assert_eq!(path_word(Path::new("/data/-x.tif")), "/data/-x.tif");
        assert_eq!(quoted("~/a"), "'~/a'");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
        assert_eq!(quoted(""), "''");
    }
}
