//! What a run is asked from outside: signals, and the runtime limit.

use super::output::errln;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Whether the run is to be saved and ended.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the run is to be saved.
static SAVE: AtomicBool = AtomicBool::new(false);

/// Wakes the event loop, which may be asleep when the run must stop.
static WAKE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Exit code after a second Ctrl-C, as of a program that Ctrl-C has killed.
const KILLED: i32 = 130;

/// A second Ctrl-C after less time than this is the same one: `timeout -s INT` signals a program and then its whole group.
const SAME: Duration = Duration::from_millis(300);

/// Registers `wake` to be called when something is asked. Only the first call counts.
#[cfg(feature = "visual")]
pub fn wake_by(wake: impl Fn() + Send + Sync + 'static) {
    let _ = WAKE.set(Box::new(wake));
}

/// From now on Ctrl-C, and on Unix SIGTERM and SIGHUP too, ask the run to end after its tick, and SIGUSR1 to save a checkpoint
/// and go on. A second Ctrl-C ends the program at once.
pub fn listen() {
    if let Err(error) = listening() {
        errln!("resonetics: signals such as Ctrl-C will not save the run: {error}");
    }
}

#[cfg(unix)]
fn listening() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM, SIGUSR1])?;
    if !hangup_is_ignored() {
        signals.add_signal(SIGHUP)?;
    }
    let heed = move || {
        for signal in signals.forever() {
            match signal {
                SIGUSR1 => SAVE.store(true, Ordering::Relaxed),
                SIGINT => interrupt(),
                _ => INTERRUPTED.store(true, Ordering::Relaxed),
            }
            wake();
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(heed).map(drop)
}

/// Whether hang-ups are ignored since before the program began, as `nohup` arranges. Only Linux tells this without unsafe code.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    ignored.is_some_and(|ignored| ignored & 1 << (signal_hook::consts::SIGHUP - 1) != 0)
}

#[cfg(not(unix))]
fn listening() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        interrupt();
        wake();
    })
}

/// Asks the run to end, or ends the program if that was asked before.
fn interrupt() {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    if INTERRUPTED.swap(true, Ordering::Relaxed) && FIRST.get().is_none_or(|first| first.elapsed() >= SAME) {
        std::process::exit(KILLED);
    }
    FIRST.get_or_init(Instant::now);
}

fn wake() {
    if let Some(wake) = WAKE.get() {
        wake();
    }
}

/// Whether the run was asked to end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Whether a checkpoint was asked for since the last call.
pub fn save_requested() -> bool {
    SAVE.swap(false, Ordering::Relaxed)
}

/// The limit on wall-clock time.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeLimit {
    started: Instant,
    limit: Option<Duration>,
}

impl RuntimeLimit {
    /// A limit from now on; zero means no limit.
    pub fn new(limit: Duration) -> Self {
        Self { started: Instant::now(), limit: Some(limit).filter(|limit| !limit.is_zero()) }
    }

    /// Whether the time is up.
    pub fn reached(&self) -> bool {
        self.limit.is_some_and(|limit| self.started.elapsed() >= limit)
    }
}
