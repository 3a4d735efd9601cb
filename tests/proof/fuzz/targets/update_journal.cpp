// SPDX-License-Identifier: MIT
// The journal of an update, the name of the one that is open, and the counter (update/journal.hpp).
#include "base/text.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "update/journal.hpp"
#include "update/record.hpp"
#include "update/transaction_id.hpp"

using target::require;

namespace {

constexpr const char* id = "t00000017-20261121T101500Z";

void fuzz_line(std::string_view text) {
  auto line = update::parse_line(text);
  if (!line) return;
  const auto state = update::state_named(line->state);
  line->record.state = state.value_or(update::State::plan);
  const std::string written = update::line_of(line->record, line->files);
  require(written.find('\n') == written.size() - 1, "a record is one line");
  const auto again = update::parse_line(written);
  require(again.has_value(), "a record that is written can be read");
  require(
      update::line_of({line->record.state, again->record.at_ms, again->record.context, again->record.moment},
                      again->files) == written,
      "a record that is written is read again as it was");

  update::Record bounded = line->record;
  bounded.context = update::within_bounds(line->record.context);
  bounded.moment = {};
  require(update::line_of(bounded, {}).size() <= update::longest_record,
          "no record is longer than the longest");
  (void)update::downtime_ms(line->record.context);
  (void)update::all_notes(line->record.context);
  (void)update::elapsed_ms(line->record, again->record);
}

void fuzz_large_member(std::string_view text) {
  for (const char* member : {"baseline", "environment_keys", "schemas", "rehearsal", "else"}) {
    update::Context context;
    if (!update::set_large_member(context, member, text)) continue;
    const auto members = update::large_members(context);
    const auto found = members.find(member);
    if (found == members.end()) continue;
    update::Context again;
    require(update::set_large_member(again, member, found->second).has_value(),
            "what is written can be read");
    require(update::large_members(again) == members, "a member that is written is read again as it was");
  }
}

void fuzz_files(const std::vector<std::string_view>& parts) {
  static const target::Folder state;
  state.write("open", parts[0]);
  state.write("counter", parts[1]);
  state.write(std::string("transactions/") + id + "/journal", parts[2]);
  const update::Journal journal(state.fd());
  const auto open = journal.open_transaction();
  require(!open || !*open || update::is_transaction_id(**open) || !journal.folder(**open),
          "what is open is the name of an update, or leads nowhere");
  const auto next = journal.new_id(1'795'000'000'000);
  require(!next || (update::is_transaction_id(*next) && *next > id),
          "the next update sorts after all others");
  const auto history = journal.read(id);
  require(history.has_value(), "a journal can be read whatever is in it");
  require(history->records.size() + history->skipped.size() == history->lines,
          "each line is a record, or skipped");
  for (const auto& line : history->skipped)
    require(target::is_printable(line.why), "why it is skipped is printable");
  (void)history->context();
  (void)history->is_proven();
  const auto of_records = journal.read(id, update::Members::of_the_record);
  require(of_records && of_records->records.size() == history->records.size(),
          "members of their own change no record");
  for (std::size_t i = 1; i < history->records.size(); ++i) {
    require(update::elapsed_ms(history->records[i - 1], history->records[i]) >= 0, "no time is negative");
  }
}

}  // namespace

void fuzz(std::string_view input) {
  const auto parts = target::parts_of(input, 3);
  for (const std::string& line : base::split(parts[2], '\n')) fuzz_line(line);
  fuzz_line(input);
  fuzz_large_member(input);
  fuzz_files(parts);
}
