/* A file's bytes as a range. */
#ifndef PARLAY_INTERNAL_FILE_MAP_H_
#define PARLAY_INTERNAL_FILE_MAP_H_

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace parlay {

/* Maps the file with this name into memory, to be read; throws std::runtime_error if that cannot be done. */
class file_map {
 public:
  using value_type = char;
  using reference = const char&;
  using const_reference = const char&;
  using iterator = const char*;
  using const_iterator = const char*;
  using pointer = const char*;
  using const_pointer = const char*;
  using difference_type = ptrdiff_t;
  using size_type = size_t;

  explicit file_map(const std::string& filename) {
    const int file = open(filename.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) {
      if (file >= 0) ::close(file);
      throw std::runtime_error("parlay::file_map: cannot read " + filename);
    }
    size_ = static_cast<size_t>(about.st_size);
    void* const mapped = size_ > 0 ? mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0) : nullptr;
    ::close(file);
    if (mapped == MAP_FAILED) throw std::runtime_error("parlay::file_map: cannot map " + filename);
    begin_ = static_cast<const char*>(mapped);
  }
  file_map(file_map&& other) noexcept { swap(other); }
  file_map& operator=(file_map&& other) noexcept {
    file_map(std::move(other)).swap(*this);
    return *this;
  }
  ~file_map() { close(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  iterator begin() const { return begin_; }
  iterator end() const { return begin_ + size_; }
  char operator[](size_t i) const { return begin_[i]; }

  void swap(file_map& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(size_, other.size_);
  }
  void close() {
    if (begin_ != nullptr) munmap(const_cast<char*>(begin_), size_);
    begin_ = nullptr;
    size_ = 0;
  }

 private:
  const char* begin_ = nullptr;
  size_t size_ = 0;
};

}  // namespace parlay

#endif
