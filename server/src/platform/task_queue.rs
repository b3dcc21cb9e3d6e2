//! Work in parallel on plain threads (`parallelTaskQueue`).

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

type Task = Box<dyn FnOnce() + Send>;

/// Threads that run tasks in the order they are pushed. For work that keeps a
/// processor or a disk busy, such as recovering streams.
#[derive(Debug)]
pub struct TaskQueue {
    tasks: SyncSender<Task>,
    threads: Vec<JoinHandle<()>>,
}

/// Every thread has panicked; nobody runs the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a queued task panicked")]
pub struct TaskPanicked;

impl TaskQueue {
    /// Starts as many threads as there are processors, or `at_least` if that
    /// is more.
    pub fn new(at_least: usize) -> Self {
        let count = thread::available_parallelism()
            .map_or(1, NonZero::get)
            .max(at_least);
        let (tasks, waiting) = sync_channel(count);
        let waiting = Arc::new(Mutex::new(waiting));
        let worker = || {
            let waiting = Arc::clone(&waiting);
            thread::spawn(move || run(&waiting))
        };
        Self {
            tasks,
            threads: std::iter::repeat_with(worker).take(count).collect(),
        }
    }

    /// Queues a task; waits while as many tasks as threads are queued.
    ///
    /// # Errors
    /// `TaskPanicked` when panics have left no thread.
    pub fn push(&self, task: impl FnOnce() + Send + 'static) -> Result<(), TaskPanicked> {
        self.tasks.send(Box::new(task)).map_err(|_| TaskPanicked)
    }

    /// Waits until all tasks are done and the threads have ended.
    ///
    /// # Errors
    /// `TaskPanicked` when one did.
    pub fn finish(self) -> Result<(), TaskPanicked> {
        drop(self.tasks);
        // All are joined, also after one has failed.
        let results: Vec<_> = self.threads.into_iter().map(JoinHandle::join).collect();
        if results.iter().any(Result::is_err) {
            Err(TaskPanicked)
        } else {
            Ok(())
        }
    }

    /// How many threads there are.
    pub const fn threads(&self) -> usize {
        self.threads.len()
    }
}

fn run(waiting: &Mutex<Receiver<Task>>) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(task) = next else { return };
        task();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn runs_everything_and_in_parallel() {
        let queue = TaskQueue::new(3);
        assert!(queue.threads() >= 3);
        let done = Arc::new(AtomicUsize::new(0));
        let together = Arc::new(Barrier::new(3));
        for number in 0..103 {
            let (done, together) = (Arc::clone(&done), Arc::clone(&together));
            let task = move || {
                if number < 3 {
                    together.wait();
                }
                done.fetch_add(1, Ordering::Relaxed);
            };
            queue.push(task).unwrap();
        }
        assert_eq!(queue.finish(), Ok(()));
        assert_eq!(done.load(Ordering::Relaxed), 103);
    }

    #[test]
    fn a_panic_is_reported() {
        let queue = TaskQueue::new(1);
        queue.push(|| panic!("on purpose")).unwrap();
        assert_eq!(queue.finish(), Err(TaskPanicked));
    }
}
