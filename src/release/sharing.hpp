// SPDX-License-Identifier: MIT
// Several gateways share one store. While a process works with it, nothing is removed from it; and one at
// a time gives a release its name.
//
//   <updater>/gateways/store.lock   0600, so that no gateway's user can hold it; its first byte is for those
//                                   who use the store, its second for whoever publishes
//
// On a host whose gateways have no names there is no gateways/, and nothing is locked here: the updater's own
// lock has let in one.
#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace release {

// Let go when it ends, or when its process does. One that holds nothing is one on such a host.
class SharedUse {
 public:
  SharedUse() = default;
  explicit SharedUse(base::UniqueFd fd) : fd_(std::move(fd)) {}
  // No other process uses the store now, or begins to while this lives. False: another process does.
  [[nodiscard]] base::Result<bool> become_exclusive();
  // Others may use it again.
  void become_shared();

 private:
  base::UniqueFd fd_;
};

// Waits while another process removes releases, which takes seconds; `busy` after a minute.
[[nodiscard]] base::Result<SharedUse> use_store(int updater_fd);

// Waits for another one that publishes; let go with the descriptor. Without one: nothing has to be waited
// for.
[[nodiscard]] base::Result<base::UniqueFd> begin_publishing(int updater_fd);

}  // namespace release
