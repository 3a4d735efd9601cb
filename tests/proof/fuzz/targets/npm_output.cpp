// SPDX-License-Identifier: MIT
// What package clients print (npm/blame.hpp, npm/policy.hpp), within the bounds of what is kept of it.
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "npm/blame.hpp"
#include "npm/policy.hpp"
#include "process/output_tail.hpp"

using target::require;

void fuzz(std::string_view input) {
  process::OutputTail tail([](std::string_view line) { return npm::retry_reason(line).empty(); });
  for (std::string_view rest = input; !rest.empty();) {
    const std::string_view piece = rest.substr(0, 4096);
    (void)tail.append(piece);
    rest.remove_prefix(piece.size());
  }
  const std::string output = tail.text();
  require(output.size() <= process::OutputTail::limit, "of an output the end is kept");
  require(input.ends_with(output), "of an output the end is kept as it came");
  require(target::is_printable(tail.last_line()), "the last line is printable");

  const std::string words = npm::last_words(output, 300);
  require(words.size() <= 300 && target::is_printable(words),
          "the last words are printable and have their limit");
  const std::string explained = npm::explain_failure(output);
  require(target::is_printable(explained), "an explanation is printable");
  for (const std::string& name : npm::blamed_packages(output)) {
    require(!name.empty() && target::is_printable(name), "what is blamed has a printable name");
  }
  npm::Policies policies;
  policies.others.push_back({"offline", "true", "/etc/npmrc"});
  const std::string forbids = npm::forbidding_policy(output, policies);
  require(forbids.empty() || npm::parse_policy_line(forbids).has_value(),
          "what forbids is the line of a policy");
  (void)npm::is_lost(output);
  (void)npm::is_of_policy(output);
  (void)npm::is_full_disk(output);
  (void)npm::tells_of_damage(output);

  if (const auto policy = npm::parse_policy_line(input)) {
    require(npm::kind_of(policy->key) != npm::PolicyKind::none, "a line of a policy has a key that is known");
    (void)npm::policy_clause(*policy);
  }
}
