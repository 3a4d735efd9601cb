// SPDX-License-Identifier: MIT
// Values for the members of a request or an answer that are not the ones which it has anyway.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "contract/members.hpp"

namespace contract_tests {

using contract::Member;

struct Filler {
  void operator()(const Member&, bool& value) const { value = !value; }
  void operator()(const Member& member, std::int64_t& value) const {
    value = std::min<std::int64_t>(member.most, 7);
  }
  void operator()(const Member& member, std::string& value) const {
    value = member.is_path ? "/a/b" : "words";
  }
  void operator()(const Member&, std::vector<std::string>& value) const { value = {"one", "two"}; }
  void operator()(const Member&, std::map<std::string, std::int64_t>& value) const {
    value = {{"a.sqlite", 7}};
  }
  template <contract::Visitable T>
  void operator()(const Member&, T& value) const {
    T::visit(value, *this);
  }
  template <contract::Visitable T>
  void operator()(const Member&, std::vector<T>& rows) const {
    T::visit(rows.emplace_back(), *this);
  }
};

template <class T>
T filled() {
  T value;
  const Filler filler;
  T::visit(value, filler);
  return value;
}

}  // namespace contract_tests
