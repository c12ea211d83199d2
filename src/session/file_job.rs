use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::source::{Source, Wake};

use super::SessionError;
use super::background::Background;
use super::stats::{FileStats, MeasureRequest, Measurer, measure};

/// Parts that progress is told in.
const PARTS: f64 = 100.0;

/// Measures a box of a file on threads of its own, on the CPU: what no texture holds, or none holds now. Dropping it
/// stops it.
pub(super) struct FileJob {
    answer: Receiver<Result<FileStats, SessionError>>,
    done: Arc<AtomicU32>,
    is_stopped: Arc<AtomicBool>,
}

impl FileJob {
    /// Starts; `wake` is called when there is an answer, or progress.
    pub(super) fn start(background: Background, request: MeasureRequest, wake: &Wake) -> Self {
        let (sender, answer) = bounded(1);
        let is_stopped = background.stop_switch();
        let source: Arc<dyn Source> = Arc::new(background);
        let done = Arc::new(AtomicU32::new(0));
        let (wake, told) = (wake.clone(), done.clone());
        std::thread::spawn(move || {
            let progress = |share: f64| {
                let part = (share * PARTS) as u32;
                if told.swap(part, Ordering::Relaxed) != part {
                    wake();
                }
            };
            let measured = measure(Measurer::Cpu, &source, &request, &mut None, &progress);
            // Nobody listens any more where something else is wanted.
            let _ = sender.send(measured);
            wake();
        });
        Self {
            answer,
            done,
            is_stopped,
        }
    }

    /// The share that was measured, from 0 to 1.
    pub(super) fn progress(&self) -> f64 {
        f64::from(self.done.load(Ordering::Relaxed)) / PARTS
    }

    /// The numbers of every channel of the file, once they have come, or one line that says why there are none.
    pub(super) fn poll(&self) -> Option<Result<FileStats, String>> {
        match self.answer.try_recv() {
            Ok(measured) => Some(measured.map_err(|error| error.to_string())),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("the thread that measures ended early".into())),
        }
    }
}

impl Drop for FileJob {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }
}
