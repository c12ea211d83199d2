//! How long what is under way still takes, about.

use std::time::{Duration, Instant};

/// How long it has to go on before it tells how fast it is.
const MEASURED: Duration = Duration::from_secs(1);
/// How often another number is told: nobody reads faster.
const TELL_PERIOD: Duration = Duration::from_secs(1);

/// Follows something that is done in parts.
#[derive(Debug, Default)]
pub(crate) struct Forecast {
    /// Parts that were done when it was first seen, parts in all, and when that was.
    first: Option<(u64, u64, Instant)>,
    told: Option<(Duration, Instant)>,
}

impl Forecast {
    /// Parts done and in all; `None` where nothing is under way.
    pub(crate) fn follow(&mut self, progress: Option<(u64, u64)>, now: Instant) {
        let Some((done, total)) = progress else {
            *self = Self::default();
            return;
        };
        let Some((from, _, since)) = self.first.filter(|&(from, of, _)| from <= done && of == total) else {
            *self = Self {
                first: Some((done, total, now)),
                told: None,
            };
            return;
        };
        let elapsed = now.saturating_duration_since(since);
        let is_told = self
            .told
            .is_some_and(|(_, then)| now.saturating_duration_since(then) < TELL_PERIOD);
        if elapsed >= MEASURED && done > from && !is_told {
            let left = elapsed.as_secs_f64() * total.saturating_sub(done) as f64 / (done - from) as f64;
            self.told = Duration::try_from_secs_f64(left).ok().map(|left| (left, now));
        }
    }

    /// What it still takes, once that can be told.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.told.map(|(left, _)| left)
    }
}

/// `about 4 s`, `about 25 s`, `about 3 min`: in numbers as round as the guess is rough.
pub(crate) fn about(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..9.5 => format!("about {:.0} s", seconds.ceil().max(1.0)),
        ..57.5 => format!("about {:.0} s", (seconds / 5.0).round() * 5.0),
        ..5400.0 => format!("about {:.0} min", (seconds / 60.0).round().max(1.0)),
        _ => format!("about {:.0} h", (seconds / 3600.0).round()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_once_it_was_measured() {
        let start = Instant::now();
        let mut forecast = Forecast::default();
        let mut follow = |done, total, ms| {
            forecast.follow(Some((done, total)), start + Duration::from_millis(ms));
            forecast.left().map(|left| left.as_secs_f64())
        };
        assert_eq!(follow(10, 110, 0), None);
        assert_eq!(follow(15, 110, 500), None, "too early");
        assert_eq!(
            follow(20, 110, 1000),
            Some(9.0),
            "ten a second, of those that came since"
        );
        assert_eq!(follow(21, 110, 1900), Some(9.0), "it does not flicker");
        assert_eq!(follow(30, 110, 2000), Some(8.0));
        assert_eq!(follow(0, 110, 3000), None, "another time point");
        assert_eq!(follow(0, 110, 9000), None, "nothing came");
        assert_eq!(follow(110, 110, 10_000), Some(0.0));
        forecast.follow(None, start);
        assert_eq!(forecast.left(), None);
    }

    #[test]
    fn guesses_are_round() {
        let told = [0.2, 3.4, 12.0, 58.0, 200.0, 5000.0, 8000.0].map(|s| about(Duration::from_secs_f64(s)));
        let expected = ["1 s", "4 s", "10 s", "1 min", "3 min", "83 min", "2 h"];
        assert_eq!(told, expected.map(|text| format!("about {text}")));
    }
}
