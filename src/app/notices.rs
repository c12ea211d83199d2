//! Messages that lie over the picture until they are read.

use std::time::{Duration, Instant};

/// How long good news stays.
const NEWS_STAY: Duration = Duration::from_secs(5);
/// Messages that are shown at once: more would hide the picture.
const MOST_SHOWN: usize = 4;
/// Messages that wait to be read.
const MOST: usize = 100;

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// What to say.
    pub(crate) text: String,
    /// Whether something went wrong: then it stays until it is closed.
    pub(crate) is_error: bool,
    until: Option<Instant>,
}

/// The messages that are to be read, oldest first: the newest are shown, and an error waits until it is closed.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    all: Vec<Notice>,
}

impl Notices {
    /// Something went well.
    pub(crate) fn news(&mut self, text: String, now: Instant) {
        self.add(Notice {
            text,
            is_error: false,
            until: Some(now + NEWS_STAY),
        });
    }

    /// Something went wrong.
    pub(crate) fn error(&mut self, text: String) {
        self.add(Notice {
            text,
            is_error: true,
            until: None,
        });
    }

    fn add(&mut self, notice: Notice) {
        self.all.retain(|other| other.text != notice.text);
        self.all.push(notice);
        // Old news makes room, before an error would be out of sight.
        while self.all.len() > MOST_SHOWN
            && let Some(old) = self.all[..self.all.len() - 1].iter().position(|other| !other.is_error)
        {
            self.all.remove(old);
        }
        let surplus = self.all.len().saturating_sub(MOST);
        self.all.drain(..surplus);
    }

    /// Those that are shown now.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.all[self.hidden()..].iter()
    }

    /// How many wait behind those that are shown.
    pub(crate) fn hidden(&self) -> usize {
        self.all.len().saturating_sub(MOST_SHOWN)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes away the one at this place among those that are shown.
    pub(crate) fn close(&mut self, index: usize) {
        self.all.remove(self.hidden() + index);
    }

    /// Takes away one that is no longer true.
    pub(crate) fn take_back(&mut self, text: &str) {
        self.all.retain(|notice| notice.text != text);
    }

    /// Takes away those that are shown.
    pub(crate) fn close_shown(&mut self) {
        self.all.truncate(self.hidden());
    }

    /// Takes away what went well: something else is going on now.
    pub(crate) fn clear_news(&mut self) {
        self.all.retain(|notice| notice.is_error);
    }

    /// Takes away what has been shown long enough. Returns whether there was any.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        let before = self.all.len();
        self.all.retain(|notice| notice.until.is_none_or(|until| until > now));
        self.all.len() != before
    }

    /// When the next one goes.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.all.iter().filter_map(|notice| notice.until).min()
    }
}
