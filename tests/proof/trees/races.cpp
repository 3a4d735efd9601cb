// SPDX-License-Identifier: MIT
// Each operation while the tree's owner swaps what is in the tree; and the controls, which must be caught.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "trees/confined.hpp"
#include "trees/naive.hpp"
#include "trees/operations.hpp"
#include "trees/proof.hpp"
#include "trees/swapping.hpp"
#include "trees/witness.hpp"

namespace trees {
namespace {

// So often an operation walks the tree before another one is made; it may be refused each time.
constexpr int walks_in_a_tree = 10;
// And so many trees at least, however fast the swaps are.
constexpr std::uint64_t fewest_trees = 3;

struct Race {
  std::uint64_t swaps = 0, walks = 0;
  std::vector<std::string> faults;
};

class RaceTest : public testing::Test {
 public:
  explicit RaceTest(const Operation& operation) : operation_(operation) {}

 protected:
  // Until so many swaps have been made, or something is wrong.
  Race race(std::uint64_t rounds, std::uint64_t fewest) {
    Race race;
    Swapping swapping;
    for (std::uint64_t trees = 0; trees < fewest || swapping.swaps() < rounds; ++trees) {
      walk_through_one(swapping, race);
      if (!race.faults.empty()) break;
      // Out of its reach.
      if (trees >= fewest && swapping.swaps() == 0) break;
    }
    race.swaps = swapping.swaps();
    return race;
  }

  const Operation& operation_;

 private:
  [[nodiscard]] virtual bool counts(const std::string& /*change*/) const { return true; }

  void walk_through_one(Swapping& swapping, Race& race) {
    Plot plot;
    plot.root = proof().next_plot();
    plot.outside = proof().witness->path();
    make_folder(plot.root, 0);
    operation_.place(plot);
    make_ordinary_tree(plot);
    if (operation_.dress) operation_.dress(plot);
    make_contested(plot);
    const Witness::Allowance allowance{true, operation_.reads_aliases, false, operation_.follows_links};
    (void)proof().witness->changes(allowance);
    swapping.attack(plot);
    const Answer answer = run_confined(operation_.as, [&]() -> base::Result<void> {
      base::Result<void> last;
      for (int walk = 0; walk < walks_in_a_tree; ++walk) last = operation_.run(plot);
      return last;
    });
    swapping.rest();
    race.walks += walks_in_a_tree;
    if (answer.kind == Answer::Kind::broken) race.faults.push_back(answer.message);
    if (base::printable(answer.message, 1 << 16) != answer.message)
      race.faults.emplace_back("its message is not printable");
    for (std::string& change : proof().witness->changes(allowance)) {
      if (counts(change)) race.faults.push_back(std::move(change));
    }
    clear_away(plot.root);
  }
};

std::string again() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return base::concat(
      {" (again: tests/proof/trees.sh --gtest_filter='", test->test_suite_name(), ".", test->name(), "')"});
}

class OperationUnderRace final : public RaceTest {
 public:
  using RaceTest::RaceTest;
  void TestBody() override {
    const Race found = race(proof().rounds, proof().every == 1 ? fewest_trees * 10 : fewest_trees);
    Proof::Row& row = proof().rows["race: " + operation_.name + ", as " + name_of(operation_.as)];
    row.points = found.swaps;
    row.failures = found.faults.empty() ? 0 : 1;
    row.note = base::concat({"swaps; ", std::to_string(found.walks), " walks"});
    const bool good = found.faults.empty();
    tell(good,
         base::concat({operation_.name, ", as ", name_of(operation_.as), ": ", std::to_string(found.walks),
                       " walks through a tree with ", std::to_string(found.swaps),
                       " swaps meanwhile touch nothing outside of it", good ? "" : ": ",
                       base::printable(base::join(found.faults, "; "), 1500), good ? "" : again()}));
    EXPECT_TRUE(good);
  }
};

class ControlUnderRace final : public RaceTest {
 public:
  using RaceTest::RaceTest;
  void TestBody() override {
    // In a sample more often than the operations: what is shown is that the race bites.
    const Race found = race(std::max<std::uint64_t>(proof().rounds, 300'000), 100);
    const bool caught =
        std::ranges::any_of(found.faults, [](const std::string& fault) { return !fault.empty(); });
    Proof::Row& row = proof().rows["control: " + operation_.name];
    row.points = 1;
    row.failures = caught ? 0 : 1;
    row.note = base::concat(
        {"caught after ", std::to_string(found.swaps), " swaps and ", std::to_string(found.walks), " walks"});
    tell(caught, base::concat({"control: ", operation_.name, " is caught after ", std::to_string(found.swaps),
                               " swaps: ",
                               found.faults.empty() ? std::string("nothing was seen")
                                                    : base::printable(found.faults.front(), 200)}));
    EXPECT_TRUE(caught);
  }

 private:
  // By a link that took a place, and not only because the tree has a second name of a secret.
  [[nodiscard]] bool counts(const std::string& change) const override {
    return !change.starts_with("linked");
  }
};

template <class Test>
void register_race(const char* suite, const Operation& operation) {
  std::string name = operation.name + "_as_" + name_of(operation.as);
  std::ranges::replace_if(
      name,
      [](char letter) { return !((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')); },
      '_');
  testing::RegisterTest(suite, name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                        [&operation]() -> testing::Test* { return new Test(operation); });
}

}  // namespace

void register_races() {
  for (const Operation& operation : naive_operations()) register_race<ControlUnderRace>("Control", operation);
  for (const Operation& operation : all_operations()) register_race<OperationUnderRace>("Race", operation);
}

}  // namespace trees
