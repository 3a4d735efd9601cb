// SPDX-License-Identifier: MIT
// Text of any program, before it is shown or kept (base/text.hpp, base/redaction.hpp).
#include "base/text.hpp"

#include "base/nearest.hpp"
#include "base/redaction.hpp"
#include "base/secret_shapes.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"

using target::require;

namespace {

void fuzz_printable(std::string_view text, std::size_t limit) {
  const std::string shown = base::printable(text, limit);
  require(shown.size() <= limit, "what is printable has its limit");
  require(target::is_printable(shown), "what is printable is that");
  require(base::printable(shown, limit) == shown, "what is printable stays as it is");
}

void fuzz_redacted(std::string_view text, std::size_t limit) {
  const std::string clean = base::redacted(text, limit);
  require(clean.size() <= limit, "what is redacted has its limit");
  require(target::is_printable(clean), "what is redacted is printable");
  const std::string whole = base::redacted(text, 4 * text.size() + 100);
  require(base::redacted(whole, 2 * whole.size() + 100) == whole, "what is redacted stays as it is");
}

// A secret is out of a text, whatever stands around it.
void fuzz_known_secret(std::string_view secret, std::string_view text) {
  constexpr std::size_t shortest = 8;
  // The mark in its place must not be a part of it.
  if (base::trim(secret).size() < shortest || secret.find('*') != std::string_view::npos) return;
  if (base::printable(base::trim(secret), secret.size()).size() < shortest) return;
  base::Redaction redaction;
  redaction.add(secret);
  const std::string known = base::printable(base::trim(secret), secret.size());
  const std::size_t middle = text.size() / 2;
  const std::string around = base::concat({text.substr(0, middle), " ", known, " ", text.substr(middle)});
  const std::string clean = redaction.applied(around, 2 * around.size() + 100);
  require(target::is_printable(clean), "what is redacted is printable");
  require(clean.find(known) == std::string::npos, "a secret that is known is not shown");
  (void)redaction.applied_to_lines(text);
}

}  // namespace

void fuzz(std::string_view input) {
  const std::size_t limit = target::take_byte(input);
  fuzz_printable(input, limit);
  fuzz_printable(input, input.size());
  fuzz_redacted(input, limit);
  const auto parts = target::parts_of(input, 2);
  fuzz_known_secret(parts[0].substr(0, 4096), parts[1]);
  (void)base::is_named_secret(parts[0], parts[1]);
  require(base::join(base::split(input, 'a'), "a") == input, "what is split is joined again");
  (void)base::nearest(parts[0].substr(0, 100), {"latest", "beta", parts[1].substr(0, 100)});

  base::Redaction of_file;
  of_file.add_environment_file(parts[0].substr(0, 2000));
  (void)of_file.applied(parts[1].substr(0, 2000), 300);
  const auto words = base::split(parts[0].substr(0, 2000), ' ');
  require(base::shown_words(words).size() == words.size(), "a command is shown word by word");
}
