// SPDX-License-Identifier: MIT
#include "systemd/library.hpp"

#include <dlfcn.h>

namespace systemd {
namespace {

template <class Function>
void find(void* handle, const char* name, Function& function) {
  // POSIX: what dlsym() answers for a function may be converted to a pointer to it.
  function = reinterpret_cast<Function>(::dlsym(handle, name));
}

Library load() {
  Library library;
  // Kept open until the program ends.
  void* handle = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return library;
  find(handle, "sd_notify", library.notify);
  find(handle, "sd_notify_barrier", library.notify_barrier);
  find(handle, "sd_journal_sendv", library.journal_sendv);
  return library;
}

}  // namespace

const Library& library() {
  static const Library loaded = load();
  return loaded;
}

}  // namespace systemd
