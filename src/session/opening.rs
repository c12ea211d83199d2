use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use crate::source::{Loader, Source, Wake};
use crate::view::{Camera, ViewOptions, ViewState};

use super::SessionError;
use super::block::Block;
use super::plan::{outward, plan};
use super::timepoint::Reading;

/// What a window is asked to open.
#[derive(Clone, Debug, Default)]
pub struct OpenRequest {
    /// A file, a folder or a pattern of files with one plane each, or `sample:kidney`.
    pub path: String,
    /// Letters for the stored axes, instead of what the file says.
    pub axes: Option<String>,
    /// Which image of a file that has several, from 0.
    pub series: usize,
    /// The view to start with.
    pub options: ViewOptions,
}

/// An image that was opened, and is being read already.
pub(super) struct Opened {
    pub(super) source: Arc<dyn Source>,
    pub(super) view: ViewState,
    pub(super) reading: Reading,
}

/// Opens on a thread of its own; the answer, or one line that says why not, comes through the receiver.
pub(super) fn start_opening(
    name: String,
    open: impl FnOnce() -> Result<Arc<dyn Source>, SessionError> + Send + 'static,
    options: ViewOptions,
    wake: Wake,
) -> Receiver<Result<Opened, String>> {
    let (sender, opening) = bounded(1);
    std::thread::spawn(move || {
        let opened = open().and_then(|source| prepare(source, &options, &wake));
        // A receiver that is gone means that another file was opened meanwhile.
        let _ = sender.send(opened.map_err(|error| format!("{name}: {error}")));
        wake();
    });
    opening
}

/// Starts reading for the view that options ask for.
fn prepare(source: Arc<dyn Source>, options: &ViewOptions, wake: &Wake) -> Result<Opened, SessionError> {
    let mut view = options.view_of(source.dataset()).map_err(SessionError::Options)?;
    // A window's voxels have their physical aspect.
    if let Camera::At { is_square, .. } = &mut view.camera {
        *is_square = false;
    }
    let reading = start_reading(&source, &view, wake);
    Ok(Opened { source, view, reading })
}

/// Starts reading the view's time point, its plane first.
pub(super) fn start_reading(source: &Arc<dyn Source>, view: &ViewState, wake: &Wake) -> Reading {
    let dataset = source.dataset();
    let channels: Vec<usize> = (0..dataset.shape.c as usize).collect();
    let mut regions = plan(source.as_ref(), view.t, &dataset.shape.volume_box(), &channels);
    outward(&mut regions, view.normal, view.plane());
    let sample_type = dataset.sample_type;
    let work = move |region, voxels| Block::new(region, voxels, sample_type);
    let loader = Loader::start(source.clone(), regions.clone(), wake.clone(), work);
    Reading {
        t: view.t,
        regions,
        loader,
    }
}
