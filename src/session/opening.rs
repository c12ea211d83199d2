use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::source::{Source, Wake};
use crate::view::{ViewOptions, ViewState};

use super::SessionError;
use super::plan::{is_fitting, outward, plan};
use super::timepoint::Reading;

/// What a window is asked to open.
#[derive(Clone, Debug, Default)]
pub struct OpenRequest {
    /// A file, a folder or a pattern of files with one plane each, or `sample:kidney`.
    pub path: PathBuf,
    /// Letters for the stored axes, instead of what the file says.
    pub axes: Option<String>,
    /// Which image of a file that has several, from 0.
    pub series: usize,
    /// The view to start with.
    pub options: ViewOptions,
    /// Bytes of textures and staging that may be used at least, as far as is known before there is a device: reading
    /// begins at once where the image fits.
    pub budget_bytes: Option<u64>,
    /// Whether an image with planes that cannot be read is refused.
    pub is_strict: bool,
}

/// An image that was opened, and is being read already.
pub(super) struct Opened {
    pub(super) source: Arc<dyn Source>,
    pub(super) view: ViewState,
    /// Where it fits the memory that there is.
    pub(super) reading: Option<Reading>,
}

/// Opens on a thread of its own; the answer, or one line that says why not, comes through the receiver.
pub(super) fn start_opening(
    name: String,
    open: impl FnOnce() -> Result<Arc<dyn Source>, SessionError> + Send + 'static,
    options: ViewOptions,
    budget_bytes: Option<u64>,
    wake: Wake,
) -> Receiver<Result<Opened, String>> {
    let (sender, opening) = bounded(1);
    std::thread::spawn(move || {
        let opened = open().and_then(|source| prepare(source, &options, budget_bytes, &wake));
        // A receiver that is gone means that another file was opened meanwhile.
        let _ = sender.send(opened.map_err(|error| format!("{name}: {error}")));
        wake();
    });
    opening
}

/// Starts reading for the view that options ask for.
fn prepare(
    source: Arc<dyn Source>,
    options: &ViewOptions,
    budget_bytes: Option<u64>,
    wake: &Wake,
) -> Result<Opened, SessionError> {
    let view = options.view_of(source.dataset()).map_err(SessionError::Options)?;
    let reading = budget_bytes
        .is_none_or(|bytes| is_fitting(source.dataset(), bytes))
        .then(|| start_reading(&source, &view, wake));
    Ok(Opened { source, view, reading })
}

/// Starts reading the view's time point, its plane first.
pub(super) fn start_reading(source: &Arc<dyn Source>, view: &ViewState, wake: &Wake) -> Reading {
    let dataset = source.dataset();
    let channels: Vec<usize> = (0..dataset.shape.c as usize).collect();
    let mut regions = plan(source.as_ref(), 0, view.t, &dataset.shape.volume_box(), &channels);
    outward(&mut regions, view.normal, view.plane());
    Reading::start(source, view.t, regions, wake)
}
