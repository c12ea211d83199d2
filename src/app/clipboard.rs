//! Texts for other programs.

/// The system's clipboard. It is opened when it is first written to: that takes a connection to the display.
#[derive(Default)]
pub(crate) struct Clipboard {
    /// Kept: on X11 it is this program that hands the text out when it is pasted.
    open: Option<arboard::Clipboard>,
}

impl Clipboard {
    /// Puts a text in place of what was there.
    ///
    /// # Errors
    /// One line that says why it cannot be done.
    pub(crate) fn set(&mut self, text: String) -> Result<(), String> {
        let clipboard = match &mut self.open {
            Some(clipboard) => clipboard,
            closed => closed.insert(arboard::Clipboard::new().map_err(|error| error.to_string())?),
        };
        clipboard.set_text(text).map_err(|error| error.to_string())
    }
}
