//! Waiting that ends: a test that would wait for ever fails.

use std::{
    sync::mpsc,
    thread::{self, sleep},
    time::{Duration, Instant},
};

/// A time limit far above the time of any run, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Runs work that may block for ever, such as opening a named pipe, in a thread of its own.
pub fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Aside<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || drop(sender.send(work())));
    Aside(receiver)
}

#[derive(Debug)]
pub struct Aside<T>(mpsc::Receiver<T>);

impl<T> Aside<T> {
    #[track_caller]
    pub fn result(self) -> T {
        self.0.recv_timeout(PATIENCE).expect("this ends in time")
    }
}

/// Waits until a condition holds.
#[track_caller]
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "in vain waited until {what}");
        sleep(Duration::from_millis(2));
    }
}
