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
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use crossbeam_channel::{Receiver, bounded};
use rayon::ThreadPool;

use crate::error::Error;

/// Does all jobs that `next` returns with the threads of `pool`, and hands the results to `finish` in order.
///
/// At most `depth` jobs are in flight at a time. `stop` is dropped when `finish` will not be called any more, so
/// that a `next` that waits for something can learn of it. The first error of `finish` ends the run; an error of `next`
/// ends it once all jobs before it are finished. A panic in `work` is an error in the place of its result. Jobs that
/// nobody waits for any more are not begun.
pub(crate) fn run<'scope, J, R>(
    pool: &ThreadPool,
    depth: usize,
    mut next: impl FnMut() -> Result<Option<J>, Error>,
    work: &'scope (impl Fn(J) -> R + Sync),
    mut finish: impl FnMut(R) -> Result<(), Error> + Send,
    stop: impl Send,
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
            let stopping = Stopping::default();
            let has_stopped = Arc::clone(&stopping.0);
            let write = move || {
                // Dropped in this order.
                let _stop = (stopping, stop);
                for slot in slots {
                    let result = slot.recv().unwrap_or_else(|_| Err(Error::worker("it vanished")))?;
                    finish(result)?;
                }
                Ok(())
            };
            let writer = thread::Builder::new().name("writer".to_owned()).spawn_scoped(threads, write);
            let writer = writer.map_err(|source| Error::threads("the writer thread", source))?;
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
                let has_stopped = Arc::clone(&has_stopped);
                scope.spawn(move |_| {
                    if has_stopped.load(Ordering::Relaxed) {
                        // Nobody will take the result.
                        return;
                    }
                    let result = catch_unwind(AssertUnwindSafe(|| work(job)));
                    // Nobody waits for the result if the writer has stopped.
                    let _ = fill.send(result.map_err(|panic| Error::worker(message(&*panic))));
                });
            };
            drop(queue);
            let written = writer.join().unwrap_or_else(|panic| Err(Error::worker(message(&*panic))));
            // An error of the writer is about an earlier job.
            written.and(read)
        })
    })
}

/// Says that the writer has stopped, once it is dropped.
#[derive(Default)]
struct Stopping(Arc<AtomicBool>);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied();
    message.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it panicked").to_owned()
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        num::NonZeroU64,
        sync::{
            Mutex,
            atomic::AtomicUsize,
            mpsc::{RecvTimeoutError, channel},
        },
        time::Duration,
    };

    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::{error::ErrorKind, run::buffers::BufferPool};

    /// What happens to a job.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Fate {
        Fine,
        PanicsInWork,
        FailsInFinish,
        PanicsInFinish,
        FailsInNext,
    }

    /// Runs jobs with these fates, as a conversion does: each holds buffers until it is finished. Returns the
    /// numbers of the jobs that were finished, and how the run ended; fails the test if it does not end.
    fn run_jobs(threads: usize, buffers: usize, fates: &[Fate]) -> (Vec<usize>, Result<(), Error>) {
        let (done, end) = channel();
        let mut jobs: VecDeque<_> = fates.iter().copied().enumerate().collect();
        thread::spawn(move || {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let buffers = BufferPool::new(buffers, NonZeroU64::MIN);
            let mut finished = Vec::new();
            let next = || match jobs.pop_front() {
                Some((_, Fate::FailsInNext)) => Err(Error::worker("next")),
                Some(job) => Ok(Some((buffers.take(), job))),
                None => Ok(None),
            };
            let work = |(lease, (number, fate))| {
                assert!(fate != Fate::PanicsInWork, "injected");
                (lease, number, fate)
            };
            let ended = run(
                &pool,
                1,
                next,
                &work,
                |(lease, number, fate)| {
                    assert!(fate != Fate::PanicsInFinish, "injected");
                    if fate == Fate::FailsInFinish {
                        return Err(Error::worker("finish"));
                    }
                    finished.push(number);
                    drop(lease);
                    Ok(())
                },
                (),
            );
            let _ = done.send((finished, ended));
        });
        end.recv_timeout(Duration::from_secs(30)).expect("the run ends")
    }

    #[test]
    fn results_are_finished_in_the_order_of_the_jobs() {
        for threads in [1, 2, 8] {
            let (finished, ended) = run_jobs(threads, 3, &[Fate::Fine; 500]);
            assert!(ended.is_ok());
            assert!(finished.into_iter().eq(0..500));
        }
    }

    #[test]
    fn a_panic_in_a_worker_is_an_error_with_its_message() {
        let mut fates = [Fate::Fine; 100];
        fates[40] = Fate::PanicsInWork;
        let (finished, ended) = run_jobs(2, 4, &fates);
        assert!(matches!(ended.unwrap_err().kind(), ErrorKind::Worker(message) if message == "injected"));
        assert!(finished.into_iter().eq(0..40));
    }

    #[test]
    fn jobs_that_nobody_waits_for_are_not_begun() {
        const JOBS: usize = 50;
        let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let (stop, stopped) = channel::<()>();
        let stopped = Mutex::new(stopped);
        let begun = AtomicUsize::new(0);
        let mut jobs = 0..JOBS;
        let work = |job| {
            begun.fetch_add(1, Ordering::Relaxed);
            if job == 1 {
                // The writer fails at the job before this one.
                assert!(
                    stopped.lock().unwrap().recv_timeout(Duration::from_secs(30))
                        == Err(RecvTimeoutError::Disconnected)
                );
            }
        };
        let ended = run(&pool, JOBS, || Ok(jobs.next()), &work, |()| Err(Error::worker("finish")), stop);
        assert!(ended.is_err());
        let begun = begun.load(Ordering::Relaxed);
        // The first one has told the writer, who was faster or slower than the second one.
        assert!((1..=2).contains(&begun), "{begun} jobs were begun");
    }

    #[test]
    fn the_first_fault_in_order_ends_the_run_and_none_of_1000_runs_hangs() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..1000 {
            let mut fates = vec![Fate::Fine; random.usize(0..60)];
            for _ in 0..random.usize(0..4) {
                let faults = [Fate::PanicsInWork, Fate::FailsInFinish, Fate::PanicsInFinish, Fate::FailsInNext];
                if let Some(fate) = random.choice(fates.iter_mut().collect::<Vec<_>>()) {
                    *fate = random.choice(faults).unwrap();
                }
            }
            let first = fates.iter().position(|&fate| fate != Fate::Fine);
            let (finished, ended) = run_jobs(random.usize(1..5), random.usize(1..9), &fates);
            assert_eq!(ended.is_err(), first.is_some(), "{fates:?}");
            assert!(finished.into_iter().eq(0..first.unwrap_or(fates.len())), "{fates:?}");
        }
    }
}
