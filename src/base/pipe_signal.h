#pragma once

#include <csignal>
#include <ctime>

namespace postern {

/// Holds SIGPIPE back for this thread, for writes that cannot be told not to raise it: of OpenSSL to a peer
/// that has gone, of ours to a program that reads no more. Ignoring it for the whole process would be
/// inherited by the programs that we start.
class PipeSignalHeldBack {
 public:
  PipeSignalHeldBack() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t waiting;
    sigpending(&waiting);
    was_waiting_ = sigismember(&waiting, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalHeldBack() {
    const timespec at_once{};
    if (!was_waiting_)
      while (sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalHeldBack(const PipeSignalHeldBack&) = delete;
  PipeSignalHeldBack& operator=(const PipeSignalHeldBack&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_waiting_ = false;
};

}  // namespace postern
