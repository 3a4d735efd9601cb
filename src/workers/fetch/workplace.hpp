// SPDX-License-Identifier: MIT
// The folders of one instance of openclaw-fetch or openclaw-finish. They are created and removed by each
// instance: nothing that an earlier one has left is read, in particular no cache of a package client.
#pragma once

#include <initializer_list>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "workers/fetch/fetch.hpp"

namespace workers {

inline constexpr const char* home_folder = "home";  // in a workplace: HOME of the programs that are run there

class Workplace {
 public:
  // Removes what a killed instance has left, and creates `folders` in $STATE_DIRECTORY/work.
  [[nodiscard]] static base::Result<Workplace> make(const FetchContext& context,
                                                    std::initializer_list<const char*> folders);
  ~Workplace();
  Workplace(Workplace&& other) noexcept = default;
  Workplace& operator=(Workplace&& other) noexcept = delete;
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  // Of $STATE_DIRECTORY.
  [[nodiscard]] int state_fd() const { return state_.get(); }
  // The absolute path of one of the folders.
  [[nodiscard]] std::string path(const char* folder) const { return root_ + "/" + folder; }
  // Moves a folder to $STATE_DIRECTORY under the same name.
  [[nodiscard]] base::Result<void> publish(const char* folder) const;

 private:
  Workplace(base::UniqueFd state, std::string root) : state_(std::move(state)), root_(std::move(root)) {}

  base::UniqueFd state_;  // invalid after a move
  std::string root_;
};

}  // namespace workers
