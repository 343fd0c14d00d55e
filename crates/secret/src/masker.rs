//! The masker: what all streams of one process share, the secrets and the search for their forms.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::forms::{Form, SHORTEST_ENCODED, forms, sort_and_dedup};
use crate::scan::Scan;
use crate::shapes::Shapes;
use crate::spans::Found;
use crate::{MaskStream, Secret};

/// Replaces secrets by `[MASKED]`: those that it was told of in all their [`forms()`], and any token
/// whose shape gives it away.
///
/// Known shapes are GitLab's default prefixes (`glpat-` and its like), Vault's and OpenBao's tokens
/// (`hvs.`, `hvb.`, `s.`, `b.`) and JWTs. Matches that overlap become one `[MASKED]`. Secrets under
/// four bytes are not masked, those under eight bytes only as they are.
///
/// Clones share the secrets, and a secret that is added is known to all streams from their next
/// [`push`](MaskStream::push) on.
#[derive(Clone)]
pub struct Masker(Arc<Shared>);

struct Shared {
    shapes: bool,
    /// Counts the secrets, so that a stream sees without a lock whether there is a new one.
    version: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    secrets: Vec<Secret>,
    /// Made when it is first needed, since secrets are often added one after the other.
    search: Option<Arc<Search>>,
}

impl Masker {
    /// A masker that knows the shapes, and no secret yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_shapes(true)
    }

    /// A masker that masks nothing but the secrets it is told of.
    #[must_use]
    pub fn without_shapes() -> Self {
        Self::with_shapes(false)
    }

    fn with_shapes(shapes: bool) -> Self {
        Self(Arc::new(Shared {
            shapes,
            version: AtomicUsize::new(0),
            state: Mutex::default(),
        }))
    }

    /// Masks this secret from now on, in streams that already run too.
    pub fn add(&self, secret: &Secret) {
        let mut state = self.state();
        if !state.secrets.contains(secret) {
            state.secrets.push(secret.clone());
            state.search = None;
            self.0.version.store(state.secrets.len(), Ordering::Release);
        }
    }

    /// A new stream: one for each output, since they must not share what is held back.
    #[must_use]
    pub fn stream(&self) -> MaskStream {
        MaskStream::new(self.clone())
    }

    /// Masks a whole input.
    #[must_use]
    pub fn mask(&self, input: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(input.len());
        let mut stream = self.stream();
        stream.push(input, &mut out);
        stream.finish(&mut out);
        out
    }

    pub(crate) fn version(&self) -> usize {
        self.0.version.load(Ordering::Acquire)
    }

    pub(crate) fn search(&self) -> Arc<Search> {
        let State { secrets, search } = &mut *self.state();
        search
            .get_or_insert_with(|| Arc::new(Search::new(secrets, self.0.shapes)))
            .clone()
    }

    /// Whoever panicked with the lock left complete data behind; masking has to go on.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Masker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Masker({} secrets)", self.version())
    }
}

/// Everything to look for, at one version of the masker.
#[derive(Default)]
pub(crate) struct Search {
    /// By the length of the forms, so that short ones do not slow down the search for long ones.
    scans: Vec<Scan>,
    shapes: Option<&'static Shapes>,
}

impl Search {
    /// The lengths in bytes at which a new scan begins.
    const STEPS: [usize; 2] = [SHORTEST_ENCODED, 16];

    fn new(secrets: &[Secret], shapes: bool) -> Self {
        let mut all: Vec<Form> = secrets.iter().flat_map(forms).collect();
        sort_and_dedup(&mut all);
        let mut groups = [Vec::new(), Vec::new(), Vec::new()];
        for form in all {
            groups[Self::STEPS.partition_point(|step| *step <= form.bytes.len())].push(form);
        }
        let groups = groups.into_iter().filter(|group| !group.is_empty());
        Self {
            scans: groups.map(Scan::new).collect(),
            shapes: shapes.then(Shapes::get),
        }
    }

    /// Finds all matches in a text, and its end that cannot be decided yet.
    pub(crate) fn search(&self, text: &[u8], before: Option<u8>, ended: bool, found: &mut Found) {
        found.reset(text.len());
        for scan in &self.scans {
            scan.search(text, found);
        }
        if let Some(shapes) = self.shapes {
            shapes.search(text, before, ended, found);
        }
        found.spans.sort_unstable();
        if ended {
            found.decided = text.len();
        }
    }
}
