#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace postern::http {

/// A fixed number of threads and a queue with an end. Thread-safe.
class WorkerPool {
 public:
  using Job = std::function<void()>;  ///< must not throw

  /// At least one thread; `queue_max` jobs may wait beyond those that a thread is free for.
  WorkerPool(std::size_t workers, std::size_t queue_max);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool has stopped; the job is then not run.
  bool submit(Job job);
  /// Takes no more jobs and drops those that wait; those that run go on. Idempotent.
  void drop_waiting();
  /// Waits for the jobs that run and drops those that wait. Idempotent; not from within a job.
  void stop();

 private:
  void work();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::size_t idle_ = 0;  ///< threads that wait for a job
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace postern::http
