//! A program that runs beside the test and never outlives it, however the test ends.

use crate::support::Finished;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The longest that a test waits for something.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs. It is killed when this is dropped, so that a test that panics leaves nothing behind.
pub struct Running(Option<Child>);

impl Running {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Self {
        Self(Some(command.spawn().unwrap()))
    }

    /// The process.
    pub fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it is there until it is waited for")
    }

    /// Sends it a signal, such as `-INT`.
    #[cfg(unix)]
    pub fn signal(&mut self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child().id().to_string()]).status().unwrap();
        assert!(sent.success(), "kill {name}");
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Finished {
        let child = self.0.take().expect("it is there until it is waited for");
        child.wait_with_output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended already.
            let _ = child.kill().and_then(|()| child.wait());
        }
    }
}

/// Waits until something is true.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        sleep(Duration::from_millis(5));
    }
}
