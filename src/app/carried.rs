//! What of the present view the next file is shown with.

use crate::view::{ContrastRule, ViewState};
use crate::volume::Dataset;

/// What is carried over from the file that is shown to the one that is being opened.
#[derive(Debug, Default)]
pub(crate) enum Carried {
    #[default]
    Nothing,
    /// All of it, and what it was a view of: it is the same file, read again.
    View(Box<(ViewState, Dataset)>),
    /// Windows and gammas.
    Contrast(ViewState),
}

/// Gives a view the windows and gammas of another, channel by channel. A window that is not known yet, or that is of one
/// value only, would show nothing of another file.
pub(super) fn lock_contrast(view: &mut ViewState, locked: &ViewState) {
    for (channel, locked) in view.channels.iter_mut().zip(&locked.channels) {
        channel.gamma = locked.gamma;
        if !locked.window.is_empty() {
            (channel.window, channel.contrast) = (locked.window, ContrastRule::Given);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::dataset;
    use crate::volume::Window;

    #[test]
    fn only_windows_that_are_known_are_locked() {
        let dataset = dataset([1, 2, 4, 8, 8]);
        let mut locked = ViewState::new(&dataset);
        locked.set_window(0, Window::new(5.0, 90.0));
        locked.channels[1].gamma = 0.5;
        let mut view = ViewState::new(&dataset);
        lock_contrast(&mut view, &locked);
        assert_eq!(view.channels[0], locked.channels[0]);
        assert_eq!(view.channels[1].contrast, ContrastRule::Volume, "it is to be found out");
        assert_eq!(view.channels[1].gamma, 0.5);
    }
}
