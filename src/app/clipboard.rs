//! Texts and pictures for other programs.

use crate::view::Picture;

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
        self.opened()?.set_text(text).map_err(|error| error.to_string())
    }

    /// Puts a picture in place of what was there: what is returned does so, and takes a while.
    ///
    /// # Errors
    /// One line that says why there is no clipboard.
    pub(crate) fn picture_setter(
        &mut self,
        picture: Picture,
    ) -> Result<impl FnOnce() -> Result<(), String> + Send + use<>, String> {
        self.opened()?;
        Ok(move || {
            let image = arboard::ImageData {
                width: picture.width as usize,
                height: picture.height as usize,
                bytes: picture.rgba.into(),
            };
            // A second handle: the first one goes on handing out what was copied.
            let mut clipboard = arboard::Clipboard::new().map_err(|error| error.to_string())?;
            clipboard.set_image(image).map_err(|error| error.to_string())
        })
    }

    fn opened(&mut self) -> Result<&mut arboard::Clipboard, String> {
        Ok(match &mut self.open {
            Some(clipboard) => clipboard,
            closed => closed.insert(arboard::Clipboard::new().map_err(|error| error.to_string())?),
        })
    }
}
