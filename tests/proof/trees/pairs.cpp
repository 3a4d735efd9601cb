// SPDX-License-Identifier: MIT
// Each operation on each shape: done, or refused with a message that names the path; nothing outside touched.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "trees/confined.hpp"
#include "trees/naive.hpp"
#include "trees/operations.hpp"
#include "trees/proof.hpp"
#include "trees/shapes.hpp"
#include "trees/witness.hpp"

namespace trees {
namespace {

constexpr std::size_t longest_message = 16'384;

// A process that changes the tree as long as this lives.
class Meanwhile {
 public:
  Meanwhile(const Shape& shape, const Plot& plot) {
    if (!shape.meanwhile) return;
    process_ = ::fork();
    require(process_ >= 0, "fork");
    if (process_ != 0) return;
    become(As::lesser);
    shape.meanwhile(plot);
    ::_exit(0);
  }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;
  ~Meanwhile() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_ = -1;
};

bool names_the_path(const std::string& message, const Plot& plot, const Shape& shape) {
  std::vector<std::string> names = base::split(plot.tree.substr(plot.root.size()), '/');
  names.insert(names.end(), {plot.entry, "sub", "plain", "settings", "agents", "package", "outside/"});
  names.insert(names.end(), shape.named.begin(), shape.named.end());
  return std::ranges::any_of(names, [&](const std::string& name) {
    return !name.empty() && message.find(name) != std::string::npos;
  });
}

// What is wrong with the answer; nothing: it is one that may be given.
std::vector<std::string> faults_of(const Answer& answer, const Operation& operation, const Shape& shape,
                                   const Plot& plot) {
  std::vector<std::string> faults;
  if (answer.kind == Answer::Kind::broken) faults.push_back(answer.message);
  if (answer.kind == Answer::Kind::done && operation.after) {
    if (std::string wrong = operation.after(plot); !wrong.empty()) faults.push_back(std::move(wrong));
  }
  if (answer.kind != Answer::Kind::refused) return faults;
  if (base::printable(answer.message, longest_message) != answer.message)
    faults.push_back("the message is not printable, or too long: " + base::printable(answer.message, 300));
  if (!names_the_path(answer.message, plot, shape))
    faults.push_back("the message names no path: " + answer.message);
  return faults;
}

struct Pair {
  const Operation* operation;
  const Shape* shape;
};

class PairTest final : public testing::Test {
 public:
  explicit PairTest(Pair pair) : pair_(pair) {}
  void TestBody() override {
    const auto& [operation, shape] = pair_;
    Plot plot;
    plot.root = proof().next_plot();
    plot.outside = proof().witness->path();
    make_folder(plot.root, 0);
    operation->place(plot);
    shape->make(plot);
    if (operation->dress) operation->dress(plot);
    const Witness::Allowance allowance{(shape->traits & aliases) != 0, operation->reads_aliases,
                                       (shape->traits & mounted) != 0, operation->follows_links};
    (void)proof().witness->changes(allowance);  // those of the laying out
    std::vector<std::string> faults;
    {
      const Meanwhile meanwhile(*shape, plot);
      const Answer answer = run_confined(operation->as, [&] { return operation->run(plot); });
      if (std::getenv("TELL") != nullptr) {
        tell(answer.kind != Answer::Kind::broken,
             base::concat(
                 {operation->name, " | ", shape->name, " | ",
                  answer.kind == Answer::Kind::done ? "done" : base::printable(answer.message, 300)}));
      }
      faults = faults_of(answer, *operation, *shape, plot);
    }
    for (std::string& change : proof().witness->changes(allowance)) faults.push_back(std::move(change));
    clear_away(plot.root);
    note(faults);
  }

 private:
  void note(const std::vector<std::string>& faults) const {
    const auto& [operation, shape] = pair_;
    Proof::Row& row = proof().rows[base::concat({operation->name, ", as ", name_of(operation->as)})];
    row.points += 1;
    row.note = pairs_note;
    if (faults.empty()) return;
    row.failures += 1;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    tell(false, base::concat({operation->name, " of ", shape->name, ": ",
                              base::printable(base::join(faults, "; "), 1500),
                              " (again: tests/proof/trees.sh --gtest_filter='", test->test_suite_name(), ".",
                              test->name(), "')"}));
    ADD_FAILURE() << operation->name << " of " << shape->name;
  }

  Pair pair_;
};

std::string identifier(std::string text) {
  for (char& letter : text) {
    if (!((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
          (letter >= '0' && letter <= '9')))
      letter = '_';
  }
  return text;
}

// Of the large ones a sample has one in twenty of what is its share.
bool is_drawn(std::size_t index, const Shape& shape) {
  const Proof& asked = proof();
  if (asked.every == 1) return true;
  if (index % asked.every != asked.seed % asked.every) return false;
  return (shape.traits & large) == 0 || (index / asked.every + asked.seed) % 20 == 0;
}

}  // namespace

void register_pairs() {
  std::size_t index = 0;
  for (const Operation& operation : all_operations()) {
    for (const Shape& shape : all_shapes()) {
      const Pair pair{&operation, &shape};
      if (!is_drawn(index++, shape)) continue;
      testing::RegisterTest(identifier(operation.name).c_str(), identifier(shape.name).c_str(), nullptr,
                            nullptr, __FILE__, __LINE__,
                            [pair]() -> testing::Test* { return new PairTest(pair); });
    }
  }
}

}  // namespace trees
