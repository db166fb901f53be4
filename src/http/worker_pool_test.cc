#include "http/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace postern::http {
namespace {

TEST(WorkerPool, TakesWhatThreadsAndQueueHoldAndNoMore) {
  WorkerPool pool(2, 1);
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> done = 0;
  const auto job = [&done, open] {
    open.wait();
    ++done;
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit(job)) << i;
  EXPECT_FALSE(pool.submit(job));
  gate.set_value();
  while (done < 3) std::this_thread::yield();
  EXPECT_EQ(done, 3);
}

TEST(WorkerPool, NeedsNoQueueWhenAThreadIsFree) {
  WorkerPool pool(1, 0);
  for (int i = 0; i < 100; ++i) {
    std::promise<void> ran;
    while (!pool.submit([&ran] { ran.set_value(); })) std::this_thread::yield();
    ran.get_future().wait();
  }
}

TEST(WorkerPool, WaitsForRunningJobsAndDropsWaitingOnesAtStop) {
  WorkerPool pool(1, 10);
  std::promise<void> started;
  std::promise<void> gate;
  std::atomic<bool> finished = false;
  std::atomic<bool> waiting_ran = false;
  ASSERT_TRUE(pool.submit([&] {
    started.set_value();
    gate.get_future().wait();
    finished = true;
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.submit([&] { waiting_ran = true; }));
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    gate.set_value();
  });
  pool.stop();
  opener.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(waiting_ran);
  EXPECT_FALSE(pool.submit([] {}));
  pool.stop();
}

}  // namespace
}  // namespace postern::http
