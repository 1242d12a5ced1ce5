//! Early ends of a run: Ctrl-C (or SIGTERM) and the runtime limit.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Wakes the event loop, which may be asleep when the run must stop.
static WAKE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Registers `wake` to be called on Ctrl-C or SIGTERM. Only the first call counts.
#[cfg(feature = "visual")]
pub fn wake_by(wake: impl Fn() + Send + Sync + 'static) {
    let _ = WAKE.set(Box::new(wake));
}

/// From now on the first Ctrl-C or SIGTERM asks the run to stop after its tick; a second one ends the program at once.
pub fn listen() {
    let installed = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        if let Some(wake) = WAKE.get() {
            wake();
        }
    });
    if let Err(error) = installed {
        eprintln!("resonetics: Ctrl-C will not save the run: {error}");
    }
}

/// Whether Ctrl-C was pressed.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// The limit on wall-clock time.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeLimit {
    started: Instant,
    limit: Option<Duration>,
}

impl RuntimeLimit {
    /// A limit of `seconds` from now; 0 means no limit.
    pub fn new(seconds: f64) -> Self {
        Self { started: Instant::now(), limit: (seconds > 0.0).then(|| Duration::from_secs_f64(seconds)) }
    }

    /// Whether the time is up.
    pub fn reached(&self) -> bool {
        self.limit.is_some_and(|limit| self.started.elapsed() >= limit)
    }
}
