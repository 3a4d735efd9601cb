// SPDX-License-Identifier: MIT
// The judgement of the watchdog on gateways in whose log strangers write.
#include <algorithm>
#include <span>

#include "chat.hpp"
#include "proof.hpp"
#include "watchdog/support/gateway_world.hpp"

namespace words {
namespace {

using watchdog::Act;
using watchdog::Line;
using watchdog::Remedy;
using watchdog_tests::Done;
using watchdog_tests::Life;
using watchdog_tests::never;
using watchdog_tests::World;

// In which a loop has had all that it gets: its remedy, a rollback, the restarts of the hour.
constexpr int long_enough = 600;

enum class Gateway { well, loops, loops_after_an_update };
constexpr std::array gateways{Gateway::well, Gateway::loops, Gateway::loops_after_an_update};

World lived(Gateway gateway, const std::vector<Line>& lines, int exit_status = 1,
            const std::function<void(World&)>& set = {}) {
  World world;
  Life& life = world.lives.front();
  life.read = lines;
  if (gateway != Gateway::well) {
    life.dies_after = 3;
    life.exit_status = exit_status;
    world.start_limit = never;
  }
  if (gateway == Gateway::loops_after_an_update) {
    world.promotion = watchdog::Promotion{"t00000017-20261121T101500Z", {}, true};
    world.promoted_at = -60;
  }
  if (set) set(world);
  world.run(long_enough);
  return world;
}

std::string shown(const std::vector<Done>& done) {
  std::string text;
  for (const Done& one : done)
    text += std::string(watchdog::word(one.act)) + "@" + std::to_string(one.at) + " ";
  return text.empty() ? "nothing" : text;
}

bool is_same(const std::vector<Done>& one, const std::vector<Done>& other) {
  return std::ranges::equal(one, other,
                            [](const Done& a, const Done& b) { return a.at == b.at && a.act == b.act; });
}

std::size_t count(const World& world, Act act) {
  return static_cast<std::size_t>(std::ranges::count(world.done, act, &Done::act));
}

// Acts that a line can cause.
bool is_of_a_hint(const Done& done) {
  return done.act == Act::stage || done.act == Act::restart;
}

std::string at(std::uint64_t seed, Gateway gateway, const World& world) {
  return "SEED=" + std::to_string(seed) + " EVERY=1, gateway " + std::to_string(static_cast<int>(gateway)) +
         " of judgement.cpp: " + shown(world.done);
}

// Every row of the table that has a pattern is imitated, and each imitation is as good as the real line.
Row control() {
  Row row{.name = "words: each imitation of a signature is taken for it at the beginning of a line"};
  for (const auto& signature : watchdog::signatures()) {
    if (signature.id == "no-program" || signature.id == "exit-78") continue;  // rest on their fact alone
    row.check(
        std::ranges::any_of(imitations(), [&](const auto& one) { return one.signature == signature.id; }),
        "no imitation of " + std::string(signature.id));
  }
  for (const Imitation& one : imitations()) {
    const auto found = watchdog::matches({{one.line}}, {});
    row.check(
        found.size() == 1 && found.front().signature->id == one.signature && !found.front().corroborated,
        one.line);
  }
  return row;
}

// A message that begins no line changes nothing: what is done, and when, is what is done without any log.
Row of_channels(std::uint64_t first, std::size_t logs) {
  Row row{.name =
              "words: chat behind a channel's name, in JSON, of a tool or in the middle of a line: "
              "nothing is done because of it"};
  std::array<std::vector<Done>, gateways.size()> without;
  for (std::size_t i = 0; i < gateways.size(); ++i) without.at(i) = lived(gateways.at(i), {}).done;
  std::size_t lines_read = 0;
  for (std::uint64_t seed = first; seed < first + logs; ++seed) {
    Draw draw(seed);
    const auto lines = as_read_from_journal(chat(draw, 20 + draw.below(480)));
    lines_read += lines.size();
    for (std::size_t i = 0; i < gateways.size(); ++i) {
      const World world = lived(gateways.at(i), lines);
      row.check(is_same(world.done, without.at(i)), at(seed, gateways.at(i), world));
    }
  }
  row.note = "logs: " + std::to_string(logs) + ", lines: " + std::to_string(lines_read);
  return row;
}

// A line break puts the imitation at the beginning of a line, where nothing tells it apart: one act for a
// release, no stop, and no rollback more or less.
Row of_forged_lines(std::uint64_t first, std::size_t logs) {
  Row row{
      .name =
          "words: chat with line ends that begins lines as the gateway does: at most one staging or restart "
          "for a release, no stop, no rollback more or less"};
  const std::vector<Done> loop_without = lived(Gateway::loops, {}).done;
  std::size_t acts = 0;
  for (std::uint64_t seed = first; seed < first + logs; ++seed) {
    Draw draw(seed);
    const auto lines = as_read_from_journal(chat_with_line_ends(draw, 20 + draw.below(480)));
    const World well = lived(Gateway::well, lines);
    acts += well.done.size();
    row.check(well.done.size() <= 1 && std::ranges::all_of(well.done, is_of_a_hint),
              at(seed, Gateway::well, well));
    const World again =
        lived(Gateway::well, lines, 0, [](World& w) { w.memory.hint_taken_for = "2026.9.6-1f3a9c2e"; });
    row.check(again.done.empty(), at(seed, Gateway::well, again) + ", although the release had its act");
    const World loops = lived(Gateway::loops, lines);
    row.check(count(loops, Act::stop) == 0 && count(loops, Act::rollback) == 0 &&
                  count(loops, Act::stage) <= 1 && loops.done.size() <= loop_without.size() &&
                  loops.memory.restarts_total <= loops.rules.restarts_per_hour,
              at(seed, Gateway::loops, loops));
    const World updated = lived(Gateway::loops_after_an_update, lines);
    const auto rollback = std::ranges::find(updated.done, Act::rollback, &Done::act);
    row.check(count(updated, Act::rollback) == 1 && count(updated, Act::stop) == 0 &&
                  rollback - updated.done.begin() <= 1,
              at(seed, Gateway::loops_after_an_update, updated));
  }
  row.note = "logs: " + std::to_string(logs) + ", acts on a gateway that is well: " + std::to_string(acts);
  return row;
}

// The same words, and what nobody but the system can say: the remedy of the table.
Row with_their_fact(std::uint64_t first, std::size_t logs) {
  Row row{.name = "words: the same, with the fact that the table asks for: its remedy, once"};
  for (std::uint64_t seed = first; seed < first + logs; ++seed) {
    Draw draw(seed);
    const auto noise = as_read_from_journal(chat(draw, 20 + draw.below(200)));
    for (const Imitation& one : imitations()) {
      const watchdog::Signature& signature = *watchdog::signature_named(one.signature);
      std::vector<Line> lines = noise;
      lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(draw.below(lines.size() + 1)), Line{one.line});
      const auto place = [&](const World& world) { return at(seed, Gateway::loops, world) + one.line; };
      if (signature.fact == watchdog::Fact::exit_config) {
        const World world =
            lived(Gateway::loops, lines, 78, [](World& w) { w.ends_for_good_with_78 = false; });
        row.check(world.done.size() == 1 && world.done.front().act == Act::stop, place(world));
      } else if (signature.fact != watchdog::Fact::none) {
        const bool is_disk = signature.fact == watchdog::Fact::full_file_system;
        const World world = lived(Gateway::loops_after_an_update, lines, 1,
                                  [&](World& w) { (is_disk ? w.disk_is_full : w.port_is_of_others) = true; });
        row.check(count(world, Act::rollback) == 0 && count(world, Act::stop) == 0 && world.done.size() <= 4,
                  place(world));
      } else if (signature.remedy == Remedy::stage) {
        const World world = lived(Gateway::loops, lines);
        row.check(count(world, Act::stage) == 1 && world.done.front().act == Act::stage, place(world));
      } else if (signature.remedy == Remedy::restart) {
        const World world = lived(Gateway::well, lines);
        row.check(world.done.size() == 1 && world.done.front().act == Act::restart, place(world));
      }
    }
  }
  return row;
}

}  // namespace

void judge_chat(std::uint64_t seed, std::size_t logs, const Tell& tell) {
  tell(control());
  tell(of_channels(seed, logs));
  tell(of_forged_lines(seed, logs));
  tell(with_their_fact(seed, std::max<std::size_t>(logs / 30, 1)));
}

}  // namespace words
