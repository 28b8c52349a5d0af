//! Parallel work in order.
//!
//! ```text
//! this thread        workers (rayon)         writer thread
//! next() ──job──▶ work(job) ──result──▶ slot ─┐
//!    └────────────── slot ──▶ bounded queue ──┴▶ finish(result), in the order of next()
//! ```
//!
//! Each job gets a slot for one result. The slots enter a bounded queue in the order of the jobs, the workers
//! fill them in any order, and the writer takes them from the queue one by one. Order comes by construction:
//! there are no sequence numbers to compare and nothing to sort. The queue bounds what is in flight.
//!
//! A worker sends only to its own slot, which has room, so it never blocks, and one worker is enough for
//! progress. This thread, which may block, is not a worker.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
};

use crossbeam_channel::{Receiver, bounded};
use rayon::ThreadPool;

use crate::error::Error;

/// Works on all that `next` gives with the threads of `pool`, and hands the results to `finish` in order.
///
/// At most `depth` jobs are in flight at a time. The first error of `finish` ends the run; an error of `next` does once all jobs before
/// it are finished. A panic in `work` is an error in the place of its result.
pub(crate) fn run<'scope, J, R>(
    pool: &ThreadPool,
    depth: usize,
    mut next: impl FnMut() -> Result<Option<J>, Error>,
    work: &'scope (impl Fn(J) -> R + Sync),
    mut finish: impl FnMut(R) -> Result<(), Error> + Send,
) -> Result<(), Error>
where
    J: Send + 'scope,
    R: Send + 'scope,
{
    pool.in_place_scope(|scope| {
        thread::scope(|threads| {
            // The standard library's channel, since it drops what is queued as soon as the writer stops. With
            // crossbeam's, results would stay in it, and `next` could wait for their memory forever.
            let (queue, slots) = mpsc::sync_channel::<Receiver<Result<R, Error>>>(depth);
            let write = move || {
                for slot in slots {
                    let result = slot.recv().unwrap_or_else(|_| Err(Error::Worker("it vanished".to_owned())))?;
                    finish(result)?;
                }
                Ok(())
            };
            let writer = thread::Builder::new().name("writer".to_owned()).spawn_scoped(threads, write);
            let writer = writer.map_err(Error::io("start", "the writer thread"))?;
            let read = loop {
                let job = match next() {
                    Ok(Some(job)) => job,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                };
                let (fill, slot) = bounded(1);
                if queue.send(slot).is_err() {
                    // The writer has stopped, and knows why.
                    break Ok(());
                }
                scope.spawn(move |_| {
                    let result = catch_unwind(AssertUnwindSafe(|| work(job)));
                    // Nobody waits for the result if the writer has stopped.
                    let _ = fill.send(result.map_err(|panic| Error::Worker(message(&*panic))));
                });
            };
            drop(queue);
            let written = writer.join().unwrap_or_else(|panic| Err(Error::Worker(message(&*panic))));
            // An error of the writer's is about an earlier place.
            written.and(read)
        })
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied();
    message.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it panicked").to_owned()
}
