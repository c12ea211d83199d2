use std::ops::Range;

use clap::Args;

use crate::session::{MeasureRequest, SessionError};
use crate::source::Source;

/// The part of an image that numbers are of.
#[derive(Args, Debug)]
#[command(next_help_heading = "Region")]
pub(super) struct RegionArgs {
    /// Planes A to B, without B, as NumPy's slices: either may be left out, negative ones count from the end; N alone
    /// is one plane [default: all]
    #[arg(long, value_name = "A:B", allow_hyphen_values = true, value_parser = parse_slice)]
    z: Option<Slice>,
    /// Rows A to B, or one [default: all]
    #[arg(long, value_name = "A:B", allow_hyphen_values = true, value_parser = parse_slice)]
    y: Option<Slice>,
    /// Columns A to B, or one [default: all]
    #[arg(long, value_name = "A:B", allow_hyphen_values = true, value_parser = parse_slice)]
    x: Option<Slice>,
    /// Time points A to B, or one [default: all]
    #[arg(long, value_name = "A:B", allow_hyphen_values = true, value_parser = parse_slice)]
    t: Option<Slice>,
    /// Channels, for example 0,2 [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    channels: Option<Vec<usize>>,
}

/// Indices along an axis as they are given: from the end, where negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slice {
    One(i64),
    Part(Option<i64>, Option<i64>),
}

fn parse_slice(text: &str) -> Result<Slice, String> {
    let number = |text: &str| {
        text.trim()
            .parse::<i64>()
            .map_err(|_| format!("{text:?} is not a whole number"))
    };
    let side = |text: &str| match text.trim() {
        "" => Ok(None),
        text => number(text).map(Some),
    };
    let Some((start, end)) = text.split_once(':') else {
        return number(text).map(Slice::One);
    };
    let slice = (side(start)?, side(end)?);
    match slice {
        (Some(start), Some(end)) if (start < 0) == (end < 0) && start >= end => {
            Err(format!("nothing is between {start} and {end}"))
        }
        (start, end) => Ok(Slice::Part(start, end)),
    }
}

impl Slice {
    /// The indices that it means among `count`; what is wrong with it if it is none, or not all are there.
    fn indices(self, count: u64) -> Result<Range<u64>, String> {
        let length = i128::from(count);
        let from_start = |index: i64| i128::from(index) + if index < 0 { length } else { 0 };
        let (start, end) = match self {
            Slice::One(index) => (from_start(index), from_start(index) + 1),
            Slice::Part(start, end) => (start.map_or(0, from_start), end.map_or(length, from_start)),
        };
        if start < 0 || end > length {
            return Err(format!("they count from 0 to {}", count.saturating_sub(1)));
        }
        if start >= end {
            return Err(format!("nothing is between {start} and {end}"));
        }
        Ok(start as u64..end as u64)
    }
}

impl std::fmt::Display for Slice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |side: Option<i64>| side.map_or(String::new(), |index| index.to_string());
        match *self {
            Slice::One(index) => write!(f, "{index}"),
            Slice::Part(start, end) => write!(f, "{}:{}", side(start), side(end)),
        }
    }
}

impl RegionArgs {
    /// The request for every number of the region.
    ///
    /// # Errors
    /// If the image does not have all of it.
    pub(super) fn request(&self, source: &dyn Source, percentiles: &[f64]) -> Result<MeasureRequest, SessionError> {
        let mut request = MeasureRequest::whole_file(source);
        let shape = source.dataset().shape;
        let extent = &mut request.extent;
        for (option, what, slice, count, range) in [
            ("--t", "time points", self.t, shape.t, &mut request.times),
            ("--z", "planes", self.z, shape.z, &mut extent.z),
            ("--y", "rows", self.y, shape.y, &mut extent.y),
            ("--x", "columns", self.x, shape.x, &mut extent.x),
        ] {
            if let Some(slice) = slice {
                *range = slice
                    .indices(count)
                    .map_err(|wrong| SessionError::Options(format!("{option} {slice}: {what}: {wrong}")))?;
            }
        }
        if let Some(channels) = &self.channels {
            if let Some(missing) = channels.iter().find(|&&channel| channel as u64 >= shape.c) {
                let last = shape.c - 1;
                let wrong = format!("--channels: there is no channel {missing}: they count from 0 to {last}");
                return Err(SessionError::Options(wrong));
            }
            request.channels = channels.clone();
            request.channels.sort_unstable();
            request.channels.dedup();
        }
        request.percentiles = percentiles.to_vec();
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_those_of_numpy() {
        let of = |text: &str| parse_slice(text).and_then(|slice| slice.indices(10));
        for (text, wanted) in [
            ("3", 3..4),
            ("-1", 9..10),
            (":", 0..10),
            ("2:", 2..10),
            (":4", 0..4),
            ("2:4", 2..4),
            ("-3:", 7..10),
            (":-3", 0..7),
            ("-4:-2", 6..8),
            ("2:-2", 2..8),
            ("0:10", 0..10),
        ] {
            assert_eq!(of(text), Ok(wanted), "{text}");
        }
        for text in [
            "",
            "a",
            "1:b",
            "1:2:3",
            "1.5",
            "4:4",
            "5:2",
            "-2:-2",
            "10",
            "-11",
            "0:11",
            "-11:",
            "8:-2",
            "9:-5",
            "99999999999999999999",
        ] {
            of(text).expect_err(text);
        }
    }
}
