/* Characters from and to files and streams, numbers from and to characters
 * (https://cmuparlay.github.io/parlaylib/algorithms/io.html).
 */
#ifndef PARLAY_IO_H_
#define PARLAY_IO_H_

#include <array>
#include <charconv>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <string>

#include "internal/file_map.h"
#include "primitives.h"
#include "random.h"

namespace parlay {

/* The bytes from start to end of a file; an end of 0 is the file's. Throws std::runtime_error if it cannot be read. */
inline chars chars_from_file(const std::string& filename, bool null_terminate = false, size_t start = 0,
                             size_t end = 0) {
  const file_map file(filename);
  const size_t last = end == 0 || end > file.size() ? file.size() : end;
  chars read;
  read.reserve(last - (start < last ? start : last) + 1);
  if (start < last) read.append(file.begin() + start, file.begin() + last);
  if (null_terminate) read.push_back('\0');
  return read;
}

inline void chars_to_stream(const chars& s, std::ostream& out) {
  out.write(s.data(), static_cast<std::streamsize>(s.size()));
}
inline void chars_to_file(const chars& s, const std::string& filename) {
  std::ofstream out(filename, std::ios::binary);
  chars_to_stream(s, out);
}
inline std::ostream& operator<<(std::ostream& out, const chars& s) {
  chars_to_stream(s, out);
  return out;
}

namespace internal {

/* The number that a range of characters begins with; 0 if there is none. Blanks and a plus sign before it are
 * skipped. */
template <typename Number, typename R>
Number number_from(const R& s) {
  const std::string text(std::begin(s), std::end(s));
  const char* begin = text.data();
  const char* const end = begin + text.size();
  while (begin != end && (*begin == ' ' || *begin == '\t' || *begin == '\n' || *begin == '\r' || *begin == '+'))
    begin++;
  Number value = 0;
  std::from_chars(begin, end, value);
  return value;
}

}  // namespace internal

template <typename R>
int chars_to_int(const R& s) {
  return internal::number_from<int>(s);
}
template <typename R>
long chars_to_long(const R& s) {
  return internal::number_from<long>(s);
}
template <typename R>
long long chars_to_long_long(const R& s) {
  return internal::number_from<long long>(s);
}
template <typename R>
unsigned int chars_to_uint(const R& s) {
  return internal::number_from<unsigned int>(s);
}
template <typename R>
unsigned long chars_to_ulong(const R& s) {
  return internal::number_from<unsigned long>(s);
}
template <typename R>
unsigned long long chars_to_ulong_long(const R& s) {
  return internal::number_from<unsigned long long>(s);
}
template <typename R>
float chars_to_float(const R& s) {
  return internal::number_from<float>(s);
}
template <typename R>
double chars_to_double(const R& s) {
  return internal::number_from<double>(s);
}
template <typename R>
long double chars_to_long_double(const R& s) {
  return internal::number_from<long double>(s);
}

inline chars to_chars(char c) { return chars(1, c); }
inline chars to_chars(bool v) { return to_chars(v ? '1' : '0'); }
inline chars to_chars(const std::string& s) { return chars(s.begin(), s.end()); }
inline chars to_chars(const char* s) { return to_chars(std::string(s)); }
inline chars to_chars(const chars& s) { return s; }
inline chars to_chars(int v) { return to_chars(std::to_string(v)); }
inline chars to_chars(long v) { return to_chars(std::to_string(v)); }
inline chars to_chars(long long v) { return to_chars(std::to_string(v)); }
inline chars to_chars(unsigned int v) { return to_chars(std::to_string(v)); }
inline chars to_chars(unsigned long v) { return to_chars(std::to_string(v)); }
inline chars to_chars(unsigned long long v) { return to_chars(std::to_string(v)); }
inline chars to_chars(double v) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, v, std::chars_format::general, 12);
  return chars(static_cast<const char*>(text), static_cast<const char*>(end.ptr));
}
inline chars to_chars(float v) { return to_chars(static_cast<double>(v)); }

template <typename A, typename B>
chars to_chars(const std::pair<A, B>& pair);
template <typename T, size_t n>
chars to_chars(const std::array<T, n>& elements);
template <typename T>
chars to_chars(const sequence<T>& elements);
template <typename It, typename S>
chars to_chars(const slice<It, S>& elements);

namespace internal {

/* [a, b, c] */
template <typename R>
chars bracketed(const R& elements) {
  const size_t n = parlay::size(elements);
  auto parts = parlay::tabulate(2 * n + 1, [&](size_t i) {
    if (i == 0) return parlay::to_chars('[');
    if (i == 2 * n) return parlay::to_chars(']');
    if (i % 2 == 0) return parlay::to_chars(", ");
    return parlay::to_chars(std::begin(elements)[static_cast<ptrdiff_t>(i / 2)]);
  });
  if (n == 0) parts.push_back(parlay::to_chars(']'));
  return parlay::flatten(parts);
}

}  // namespace internal

template <typename A, typename B>
chars to_chars(const std::pair<A, B>& pair) {
  chars text = to_chars('(');
  text.append(to_chars(pair.first));
  text.append(to_chars(", "));
  text.append(to_chars(pair.second));
  text.push_back(')');
  return text;
}
template <typename T, size_t n>
chars to_chars(const std::array<T, n>& elements) {
  return internal::bracketed(elements);
}
template <typename T>
chars to_chars(const sequence<T>& elements) {
  return internal::bracketed(elements);
}
template <typename It, typename S>
chars to_chars(const slice<It, S>& elements) {
  return internal::bracketed(elements);
}

}  // namespace parlay

#endif
