use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::page::Page;

/// Pages that are kept.
const MAX_PAGES: usize = 4096;
/// Tables of the pages that are kept, together: two million strips or tiles.
const MAX_BYTES: usize = 32 << 20;

/// Which page it is: its file, its number there, and its level.
pub(super) type PageKey = (u32, u32, usize);

/// Pages that were read lately: a bounded number of them, the oldest are forgotten first.
#[derive(Debug, Default)]
pub(super) struct PageCache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    pages: HashMap<PageKey, Arc<Page>>,
    order: VecDeque<PageKey>,
    bytes: usize,
}

impl PageCache {
    /// The page, read now if it is not kept.
    pub(super) fn get<E>(&self, key: PageKey, read: impl FnOnce() -> Result<Page, E>) -> Result<Arc<Page>, E> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = kept().pages.get(&key) {
            return Ok(page.clone());
        }
        // Read without the lock: other threads go on.
        let page = Arc::new(read()?);
        kept().insert(key, page.clone());
        Ok(page)
    }
}

impl Kept {
    fn insert(&mut self, key: PageKey, page: Arc<Page>) {
        self.bytes += page.held_bytes();
        match self.pages.insert(key, page) {
            Some(other) => self.bytes -= other.held_bytes(),
            None => self.order.push_back(key),
        }
        while self.order.len() > 1 && (self.order.len() > MAX_PAGES || self.bytes > MAX_BYTES) {
            let oldest = self.order.pop_front().and_then(|oldest| self.pages.remove(&oldest));
            self.bytes -= oldest.map_or(0, |page| page.held_bytes());
        }
    }
}
