//! Faults, each provoked for real: runs that are killed, disks that are full, inputs that change under the run.
//!
//! What must hold whatever happens: a target is the old file or the complete new one, a run that ends by itself
//! leaves no temporary file, and no run hangs.

mod changes;
mod dice;
mod disk;
mod endurance;
mod limits;
mod obstacles;
mod other_end;
mod signals;
mod silence;
mod sync;

use support::cli::{Ran, Running, TestEnv, aside};

/// Starts a run that converts `in.jsonl` to `out.jsonl`, and comes back when it has opened both. The run waits for
/// somebody to read the named pipe `stats`.
#[track_caller]
fn held(env: &TestEnv, args: &[&str]) -> Running {
    if !env.path("stats").exists() {
        env.fifo("stats");
    }
    let running = env.spawn(&[&["-i", "in.jsonl", "-o", "out.jsonl", "--stats", "stats"], args].concat());
    env.wait_for_temporary_file(&running);
    running
}

/// Lets a run that is held go on to its end.
#[track_caller]
fn let_go(env: &TestEnv, running: Running) -> Ran {
    let stats = env.path("stats");
    let reader = aside(move || std::fs::read(stats));
    let ran = running.finish();
    reader.result().expect("a pipe can be read");
    ran
}
