//! Messages that lie over the picture until they are read.

use std::time::{Duration, Instant};

/// How long good news stays.
const NEWS_STAY: Duration = Duration::from_secs(5);

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// What to say.
    pub(crate) text: String,
    /// Whether something went wrong: then it stays until it is closed.
    pub(crate) is_error: bool,
    until: Option<Instant>,
}

/// The messages that are shown, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    shown: Vec<Notice>,
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
        self.shown.retain(|other| other.text != notice.text);
        self.shown.push(notice);
        // More than a few would hide the picture.
        let surplus = self.shown.len().saturating_sub(4);
        self.shown.drain(..surplus);
    }

    /// Those that are shown now.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.shown.iter()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Takes away the one at this place.
    pub(crate) fn close(&mut self, index: usize) {
        self.shown.remove(index);
    }

    /// Takes away one that is no longer true.
    pub(crate) fn take_back(&mut self, text: &str) {
        self.shown.retain(|notice| notice.text != text);
    }

    /// Takes all away.
    pub(crate) fn clear(&mut self) {
        self.shown.clear();
    }

    /// Takes away what has been shown long enough. Returns whether there was any.
    pub(crate) fn expire(&mut self, now: Instant) -> bool {
        let before = self.shown.len();
        self.shown.retain(|notice| notice.until.is_none_or(|until| until > now));
        self.shown.len() != before
    }

    /// When the next one goes.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.shown.iter().filter_map(|notice| notice.until).min()
    }
}
