// Lines of JSON on a descriptor, put together without the program's library.
#pragma once

#include "arena.hpp"

namespace {

class Line {
  public:
    Line& text(const char* what) {
        while (*what != '\0') put(*what++);
        return *this;
    }
    Line& number(u64 value) {
        char digits[20];
        int count = 0;
        do digits[count++] = static_cast<char>('0' + value % 10);
        while ((value /= 10) != 0);
        while (count > 0) put(digits[--count]);
        return *this;
    }
    Line& hex(u64 value) {
        text("\"0x");
        int shift = 60;
        while (shift > 0 && (value >> shift) == 0) shift -= 4;
        for (; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
        put('"');
        return *this;
    }
    // A key of a JSON object that stands open.
    Line& key(const char* name) {
        if (used_ > 0 && bytes_[used_ - 1] != '{' && bytes_[used_ - 1] != '[') put(',');
        put('"');
        text(name);
        return text("\":");
    }
    Line& comma() {
        if (bytes_[used_ - 1] != '[') put(',');
        return *this;
    }
    void send(int descriptor) {
        put('\n');
        for (size_t sent = 0; sent < used_;) {
            const long put_now = syscall(SYS_write, descriptor, bytes_ + sent, used_ - sent);
            if (put_now <= 0) break;
            sent += static_cast<size_t>(put_now);
        }
        used_ = 0;
    }

  private:
    void put(char c) {
        if (used_ < sizeof bytes_) bytes_[used_++] = c;
    }
    char bytes_[16384];
    size_t used_ = 0;
};

Line line;

}  // namespace
