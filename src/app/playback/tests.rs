//! The clock of playback, given the time.

use std::time::{Duration, Instant};

use super::{Along, Pace, Playback, Repeat};
use crate::app::testing;
use crate::view::ViewState;

/// A view of 10 planes and 4 times.
fn view(plane: u64) -> ViewState {
    let mut view = ViewState::new(&testing::dataset([4, 1, 10, 8, 8]));
    view.set_plane(plane);
    view
}

/// A playback at 10 planes per second, a view, and the time in milliseconds.
struct Film {
    playback: Playback,
    view: ViewState,
    start: Instant,
}

impl Film {
    fn new(plane: u64, edit: impl FnOnce(&mut Playback)) -> Self {
        let mut playback = Playback {
            rate: 10.0,
            ..Playback::default()
        };
        edit(&mut playback);
        Self {
            playback,
            view: view(plane),
            start: Instant::now(),
        }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn toggle(&mut self, ms: u64) {
        let now = self.at(ms);
        self.playback.toggle(now);
    }

    /// Steps if that is due, and says where to.
    fn step(&mut self, ms: u64) -> Option<u64> {
        let (along, to) = self.playback.step(self.at(ms), &self.view)?;
        along.go(&mut self.view, to);
        Some(to)
    }

    fn present(&mut self, ms: u64) {
        let at = self
            .playback
            .playable(&self.view)
            .map_or(0, |along| along.at(&self.view));
        self.playback.presented(self.at(ms), at);
    }

    /// The planes of some steps, each taken when it is due and shown at once.
    fn planes(&mut self, steps: u64) -> Vec<u64> {
        self.toggle(0);
        let mut planes = Vec::new();
        for step in 1..=steps {
            planes.extend(self.step(step * 100));
            self.present(step * 100);
        }
        planes
    }

    fn counts(&self) -> (u64, u64) {
        self.playback
            .report()
            .map_or((0, 0), |report| (report.shown, report.dropped))
    }

    fn due(&self) -> Option<u64> {
        let due = self.playback.due()?;
        Some((due - self.start).as_millis() as u64)
    }
}

#[test]
fn planes_follow_each_other_as_was_chosen() {
    let planes = |plane, repeat, is_backward, range: [u64; 2]| {
        let mut film = Film::new(plane, |playback| {
            playback.repeat = repeat;
            playback.is_backward = is_backward;
        });
        film.playback.set_range(&film.view, Along::Planes, range);
        film.planes(7)
    };
    for (plane, repeat, is_backward, range, wanted) in [
        (7, Repeat::Loop, false, [0, 9], vec![8, 9, 0, 1, 2, 3, 4]),
        (2, Repeat::Loop, true, [0, 9], vec![1, 0, 9, 8, 7, 6, 5]),
        (4, Repeat::Loop, false, [3, 5], vec![5, 3, 4, 5, 3, 4, 5]),
        (7, Repeat::PingPong, false, [0, 9], vec![8, 9, 8, 7, 6, 5, 4]),
        (2, Repeat::PingPong, true, [0, 9], vec![1, 0, 1, 2, 3, 4, 5]),
        (4, Repeat::PingPong, false, [4, 5], vec![5, 4, 5, 4, 5, 4, 5]),
        (6, Repeat::Once, false, [0, 9], vec![7, 8, 9]),
        (3, Repeat::Once, true, [1, 9], vec![2, 1]),
        // From its end it starts over.
        (9, Repeat::Once, false, [0, 9], vec![0, 1, 2, 3, 4, 5, 6]),
        (1, Repeat::Once, true, [1, 4], vec![4, 3, 2, 1]),
        // From without it comes in.
        (0, Repeat::Loop, false, [5, 7], vec![6, 7, 5, 6, 7, 5, 6]),
        (0, Repeat::Loop, false, [5, 5], vec![]),
    ] {
        let found = planes(plane, repeat, is_backward, range);
        assert_eq!(found, wanted, "{plane} {repeat:?} {is_backward} {range:?}");
    }
}

#[test]
fn it_ends_where_nothing_is_left_to_play() {
    let mut film = Film::new(8, |playback| playback.repeat = Repeat::Once);
    assert_eq!(film.planes(2), [9]);
    assert!(!film.playback.is_playing() && film.playback.due().is_none());
    assert_eq!(film.counts(), (1, 0), "the report stays");
    film.toggle(1000);
    assert_eq!((film.step(1100), film.counts()), (Some(0), (0, 0)), "and is begun anew");
}

#[test]
fn every_plane_waits_for_the_display_and_skips_nothing() {
    let mut film = Film::new(0, |_| {});
    assert_eq!((film.step(1000), film.due()), (None, None), "paused");
    film.toggle(0);
    assert_eq!((film.due(), film.step(99)), (Some(100), None));
    assert_eq!(film.step(110), Some(1));
    assert_eq!(
        (film.due(), film.step(500)),
        (None, None),
        "its plane was not shown yet"
    );
    film.present(115);
    assert_eq!(film.due(), Some(200), "being late once does not slow it down");
    assert_eq!(film.step(900), Some(2));
    film.present(905);
    assert_eq!(film.due(), Some(900), "what was lost is not caught up, but for one");
    assert_eq!(film.step(905), Some(3));
    film.present(910);
    assert_eq!(film.due(), Some(1000));
    assert_eq!(film.counts(), (3, 0));
    film.toggle(950);
    assert_eq!((film.due(), film.step(2000), film.counts()), (None, None, (3, 0)));
}

#[test]
fn the_rate_is_kept_and_what_was_not_shown_is_counted() {
    let mut film = Film::new(0, |playback| playback.pace = Pace::KeepRate);
    film.toggle(0);
    assert_eq!(film.step(100), Some(1));
    film.present(105);
    // 200 and 300 are over.
    assert_eq!(film.step(430), Some(4));
    assert_eq!((film.counts(), film.due()), ((1, 2), Some(500)));
    // The fourth is not shown in time.
    assert_eq!(film.step(500), Some(5));
    film.present(520);
    assert_eq!(film.counts(), (2, 3));
    // Each plane that was due is one or the other.
    assert_eq!(film.step(1700), Some(7));
    film.present(1700);
    assert_eq!(film.counts(), (3, 14));
    assert_eq!(film.view.plane(), 7, "17 steps of 10 planes");

    // Of a way that ends there are no more than there are.
    let mut film = Film::new(5, |playback| {
        (playback.pace, playback.repeat) = (Pace::KeepRate, Repeat::Once);
    });
    film.toggle(0);
    assert_eq!(film.step(60_000), Some(9));
    film.present(60_000);
    assert_eq!(film.counts(), (1, 3));
}

#[test]
fn planes_are_counted_once_and_only_where_they_were_asked_for() {
    let mut film = Film::new(0, |_| {});
    film.present(0);
    film.toggle(0);
    film.present(50);
    assert_eq!(film.counts(), (0, 0), "the plane it starts with");
    assert_eq!(film.step(100), Some(1));
    film.present(101);
    film.present(102);
    assert_eq!(film.counts(), (1, 0));
    // Someone steps on while a plane is awaited: it goes on from there.
    assert_eq!(film.step(200), Some(2));
    film.view.set_plane(6);
    film.present(210);
    assert_eq!((film.step(300), film.counts()), (Some(7), (1, 0)));
}

#[test]
fn the_measured_rate_is_that_of_the_last_second() {
    let mut film = Film::new(0, |playback| playback.rate = 20.0);
    film.toggle(0);
    let measured = |film: &Film| film.playback.report().and_then(super::Report::measured);
    let mut now = 0;
    let mut play = |film: &mut Film, count: u64, period: u64| {
        for _ in 0..count {
            now += period;
            assert!(film.step(now).is_some());
            film.present(now);
        }
    };
    play(&mut film, 1, 50);
    assert_eq!(measured(&film), None, "one plane has no rate");
    play(&mut film, 40, 50);
    assert_eq!(measured(&film).map(f64::round), Some(20.0));
    play(&mut film, 3, 100);
    assert_eq!(
        measured(&film).map(f64::round),
        Some(17.0),
        "14 at 20 a second and 3 at 10"
    );
    play(&mut film, 20, 100);
    assert_eq!(measured(&film).map(f64::round), Some(10.0));
    // Of slow playback, more than a second is looked at.
    film.playback.rate = 0.5;
    play(&mut film, 4, 2000);
    assert_eq!(measured(&film), Some(0.5));
    assert_eq!(film.playback.report().map(|report| report.rate), Some(0.5));
}

#[test]
fn the_rate_may_change_at_any_time_and_has_limits() {
    let mut film = Film::new(0, |_| {});
    film.toggle(0);
    film.playback.rate = 0.0;
    assert_eq!(film.due(), Some(2000), "the slowest rate there is");
    film.playback.rate = 100.0;
    assert_eq!(film.due(), Some(10), "at once");
    film.playback.rate = 1e9;
    assert_eq!(film.due(), Some(8), "the fastest");
    let now = film.at(5000);
    film.playback.rest(now);
    assert_eq!(film.due(), Some(5008), "nothing was due while it could not be seen");
}

#[test]
fn planes_or_times_are_played_and_each_has_its_range() {
    let mut film = Film::new(3, |playback| playback.along = Along::Times);
    film.playback.set_range(&film.view, Along::Times, [1, 2]);
    assert_eq!(film.planes(3), [2, 1, 2]);
    assert_eq!(film.view.plane(), 3);
    assert_eq!(film.playback.range(&film.view, Along::Planes), [0, 9]);
    // Ranges are cut to what there is, and those of other directions are their own.
    film.playback.set_range(&film.view, Along::Planes, [4, 80]);
    assert_eq!(film.playback.range(&film.view, Along::Planes), [4, 9]);
    film.view.normal = crate::volume::Axis::Y;
    assert_eq!(film.playback.range(&film.view, Along::Planes), [0, 7]);
    film.playback.forget();
    assert_eq!(film.playback.range(&film.view, Along::Times), [0, 3]);
    assert!(!film.playback.is_playing() && film.playback.report().is_none());
    // One time is nothing to play: the planes are.
    film.view.t_count = 1;
    assert_eq!(film.playback.playable(&film.view), Some(Along::Planes));
    film.view.extent = [10, 1, 1];
    assert_eq!(film.playback.playable(&film.view), None);
}

#[test]
fn what_comes_late_after_all_counts_as_shown() {
    let mut film = Film::new(0, |playback| playback.pace = Pace::KeepRate);
    film.toggle(0);
    for ms in [100, 200, 300] {
        film.step(ms);
    }
    assert_eq!(film.counts(), (0, 2), "1 and 2 were given up");
    let late = |film: &mut Film, at| {
        let now = film.at(310);
        film.playback.presented_late(now, at);
    };
    late(&mut film, 0);
    assert_eq!(film.counts(), (0, 2), "what was there before");
    late(&mut film, 2);
    late(&mut film, 2);
    assert_eq!(film.counts(), (1, 1), "once");
    film.present(320);
    assert_eq!(film.counts(), (2, 1));
}

#[test]
fn what_never_comes_is_not_waited_for() {
    let mut film = Film::new(0, |_| ());
    film.toggle(0);
    assert_eq!(film.step(100), Some(1));
    assert_eq!(film.due(), None, "waiting for plane 1");
    film.playback.give_up();
    assert_eq!(film.counts(), (0, 1));
    film.playback.give_up();
    assert_eq!(film.counts(), (0, 1), "once");
    assert_eq!(film.due(), Some(200));
    assert_eq!(film.step(200), Some(2));
}
