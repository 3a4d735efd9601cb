// SPDX-License-Identifier: MIT
// Hostile trees: each shape against each operation, and a race against each operation.
//
//   SEED EVERY RESULTS ROUNDS TREES   see tests/proof/trees.sh, which sets them
//   --gtest_filter=OPERATION.SHAPE    repeats one alone
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "trees/plot.hpp"
#include "trees/proof.hpp"
#include "trees/witness.hpp"

// Not what reaches the disk is examined here: thousands of syncs would only make it slow.
extern "C" {
int fsync(int /*fd*/) {
  return 0;
}
int fdatasync(int /*fd*/) {
  return 0;
}
int syncfs(int /*fd*/) {
  return 0;
}
}

namespace trees {

Proof& proof() {
  static Proof one;
  return one;
}

std::string Proof::next_plot() {
  return place + "/plot-" + std::to_string(++number_);
}

void tell(bool good, std::string_view sentence) {
  (void)std::printf("%s - %.*s\n", good ? "ok" : "not ok", static_cast<int>(sentence.size()),
                    sentence.data());
  (void)std::fflush(stdout);
}

namespace {

std::uint64_t number_in(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

// Failures only: the tests tell themselves what was done.
class Quiet final : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed()) (void)std::printf("#   %s\n", result.message());
  }
};

// Mounts of the shapes go with the process, whatever becomes of it.
void enter_own_mounts() {
  require(::unshare(CLONE_NEWNS) == 0, "have a mount namespace");
  require(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "have own mounts");
  // A sample is done in memory: a disk that others use, too, is slow. All of it is done on the disk.
  if (number_in("IN_MEMORY", proof().every == 1 ? 0 : 1) == 0) return;
  require(::mount("tmpfs", proof().place.c_str(), "tmpfs", 0, "size=2g,mode=0711") == 0,
          "have trees in memory");
}

// Each failure has been told already.
void tell_pairs() {
  for (const auto& [name, row] : proof().rows) {
    if (row.note != pairs_note || row.failures != 0) continue;
    tell(true, name + ": " + std::to_string(row.points) +
                   " shapes of trees, each done or refused by name, and nothing outside touched");
  }
}

void write_report() {
  if (proof().results.empty()) return;
  std::ofstream report(proof().results + "/trees.tsv");
  for (const auto& [name, row] : proof().rows)
    report << name << '\t' << row.points << '\t' << row.failures << '\t' << row.note << '\n';
}

int run() {
  Proof& asked = proof();
  asked.seed = number_in("SEED", 1);
  asked.every = std::max<std::uint64_t>(1, number_in("EVERY", 1));
  asked.rounds = number_in("ROUNDS", asked.every == 1 ? 1'000'000 : 3'000);
  if (const char* results = std::getenv("RESULTS")) asked.results = results;
  const char* place = std::getenv("TREES");
  require(place != nullptr && ::geteuid() == 0, "run tests/proof/trees.sh as root");
  asked.place = place;
  enter_own_mounts();
  ::umask(0022);
  Witness witness(asked.place + "/outside");
  asked.witness = &witness;
  register_pairs();
  register_races();
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new Quiet);
  const int status = RUN_ALL_TESTS();
  tell_pairs();
  write_report();
  return status;
}

}  // namespace
}  // namespace trees

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return trees::run();
}
