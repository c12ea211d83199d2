use std::fmt;

/// How far something is that takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Of a picture, in percent.
    Percent(u64),
    /// Frames of a movie, or planes of a stack, that are done, and all.
    Frames(u64, u64),
}

impl Made {
    /// The share that is done, from 0 to 1.
    pub fn share(self) -> f32 {
        let (done, total) = match self {
            Made::Percent(done) => (done, 100),
            Made::Frames(done, total) => (done, total),
        };
        done as f32 / total.max(1) as f32
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Made::Percent(done) => write!(f, "{done} %"),
            Made::Frames(done, total) => write!(f, "{done} / {total}"),
        }
    }
}
