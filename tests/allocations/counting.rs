//! What a test needs of memory, counted by the allocator. The counters are the whole process's, so each test that reads
//! them runs in a process of its own: only [`alone`] hands them out.
#![allow(unsafe_code)] // an allocator cannot be had without

use std::{
    alloc::{GlobalAlloc, Layout, System},
    any::type_name,
    cell::Cell,
    env,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread::LocalKey,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The system's allocator, which counts how often it was asked, and remembers for how much at most.
struct Counting;

thread_local! {
    /// By the thread of a test.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// In bytes, by all threads.
static LARGEST: AtomicUsize = AtomicUsize::new(0);

/// Bytes that all threads have now, and the most that they had.
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST_HELD: AtomicUsize = AtomicUsize::new(0);

fn count(size: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    LARGEST.fetch_max(size, Relaxed);
    MOST_HELD.fetch_max(HELD.fetch_add(size, Relaxed) + size, Relaxed);
}

// SAFETY: all is left to the system's allocator. Counting does not allocate: the counters have their first values from
// the compiler and need no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the same promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the same promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_sub(layout.size(), Relaxed);
        count(size);
        // SAFETY: the caller keeps the same promises.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the same promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The counters of a process in which one test runs.
pub(crate) struct Memory {
    allocations: &'static LocalKey<Cell<usize>>,
    largest: &'static AtomicUsize,
    most_held: &'static AtomicUsize,
}

impl Memory {
    /// How often this thread has asked for memory.
    pub(crate) fn allocations(&self) -> usize {
        self.allocations.get()
    }

    /// The most bytes that any thread has asked for at once.
    pub(crate) fn largest(&self) -> usize {
        self.largest.load(Relaxed)
    }

    /// The most bytes that all threads together had at a time.
    pub(crate) fn most_held(&self) -> usize {
        self.most_held.load(Relaxed)
    }
}

/// Runs a test, given as a closure within its function, in a process of its own: this program once more, with that test
/// alone.
#[track_caller]
pub(crate) fn alone<T: FnOnce(&Memory)>(test: T) {
    const ALONE: &str = "STEER2REG_TEST_ALONE";
    let name = type_name::<T>().split("::").nth(1).expect("a closure stands in a function");
    if env::var(ALONE).is_ok_and(|alone| alone == name) {
        return test(&Memory { allocations: &ALLOCATIONS, largest: &LARGEST, most_held: &MOST_HELD });
    }
    let this = env::current_exe().expect("this program has a path");
    let ran = Command::new(this).args(["--exact", name, "--nocapture", "--test-threads=1"]).env(ALONE, name).output();
    let ran = ran.expect("this program starts");
    let [out, error] = [&ran.stdout, &ran.stderr].map(|said| String::from_utf8_lossy(said));
    assert!(ran.status.success() && out.contains(" 1 passed;"), "{name}: {}\n{out}\n{error}", ran.status);
}
