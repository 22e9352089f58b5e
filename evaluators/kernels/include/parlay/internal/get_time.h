/* A stopwatch that prints. */
#ifndef PARLAY_INTERNAL_GET_TIME_H_
#define PARLAY_INTERNAL_GET_TIME_H_

#include <stdio.h>
#include <time.h>

#include <string>

namespace parlay {
namespace internal {

/* Seconds of a clock that never goes back. */
inline double get_time() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class timer {
 public:
  explicit timer(std::string name = "Parlay time", bool start_now = true) : name_(std::move(name)) {
    if (start_now) start();
  }

  void start() {
    running_ = true;
    since_ = get_time();
  }
  /* Stops; the seconds since the last start. */
  double stop() {
    running_ = false;
    const double lap = get_time() - since_;
    total_ += lap;
    return lap;
  }
  void reset() {
    total_ = 0;
    running_ = false;
  }
  double total_time() const { return running_ ? total_ + get_time() - since_ : total_; }
  /* The seconds since the last call of this or of start. */
  double next_time() {
    if (!running_) return 0;
    const double now = get_time();
    const double lap = now - since_;
    total_ += lap;
    since_ = now;
    return lap;
  }

  void report(double seconds, const std::string& what) const {
    printf("%s: %s%s%.4f\n", name_.c_str(), what.c_str(), what.empty() ? "" : ": ", seconds);
    fflush(stdout);
  }
  void next(const std::string& what) {
    if (running_) report(next_time(), what);
  }
  void total() const { report(total_time(), "total"); }

 private:
  std::string name_;
  bool running_ = false;
  double since_ = 0;
  double total_ = 0;
};

}  // namespace internal
}  // namespace parlay

#endif
