// SPDX-License-Identifier: MIT
#include "update/newest.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_numbers.hpp"
#include "base/text.hpp"
#include "contract/tasks.hpp"
#include "fs/file.hpp"
#include "openclaw/version.hpp"
#include "update/gateway.hpp"
#include "update/stages.hpp"

namespace update {
namespace {

using nlohmann::json;

constexpr const char* newest_name = "newest";
constexpr std::size_t longest_file = 4096;

}  // namespace

std::optional<Newest> newest_seen(int state_fd) {
  const auto text = fs::read_file(state_fd, newest_name, longest_file);
  const json object = text ? base::json_or_null(*text) : json();
  if (!object.is_object()) return std::nullopt;
  try {
    const auto at = base::as_milliseconds(object.at("at_ms"));
    Newest newest{object.at("wanted").get<std::string>(), object.at("version").get<std::string>(),
                  at.value_or(0), object.at("requested_by").get<std::string>()};
    if (at && openclaw::Version::parse(newest.version)) return newest;
  } catch (const json::exception&) {
    return std::nullopt;
  }
  return std::nullopt;
}

base::Result<void> keep_newest(int state_fd, const Newest& newest) {
  if (openclaw::Version::parse(newest.wanted)) return {};
  const json object = {{"wanted", newest.wanted},
                       {"version", newest.version},
                       {"at_ms", newest.at_ms},
                       {"requested_by", newest.requested_by}};
  return fs::write_file_durably(state_fd, newest_name,
                                object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", 0644);
}

base::Result<void> read_current(const Setup& setup, Context& context) {
  const auto current = setup.releases.target(release::Store::Pointer::current);
  if (!current) return base::pass(current.error());
  if (!*current) return {};
  const auto release = setup.releases.find(**current);
  if (!release) return base::pass(release.error());
  context.from.release = release->name;
  context.from.version = release->description.version;
  return {};
}

base::Result<void> ask_registry(const Setup& setup, Context& context) {
  const auto answer = run_worker(setup, context, contract::tasks::resolve,
                                 {.wanted = context.asked.wanted, .tools = tools_of_current(setup, context)});
  setup.workers.clean({contract::tasks::resolve, context.id});
  if (!answer) return base::pass(answer.error());
  context.to.version = answer->version;
  context.to.integrity = answer->integrity;
  const auto answered = openclaw::Version::parse(context.to.version);
  if (!answered) {
    return base::fail(base::ErrorKind::unavailable,
                      "the answer of the registry has no version for " + context.asked.wanted);
  }
  // A tag may refer to any version, but a requested version must be the result. The worker compares them as
  // well, but is not trusted.
  const auto asked = openclaw::Version::parse(context.asked.wanted);
  if (asked && asked->text() != answered->text()) {
    return base::fail(
        base::ErrorKind::integrity,
        base::concat({"openclaw ", context.asked.wanted, " was requested, and the registry answers with ",
                      context.to.version, "; find out what changes its answers"}));
  }
  return {};
}

base::Result<Newest> look_for_newest(const Setup& setup, Context& context) {
  if (auto read = read_current(setup, context); !read) return base::pass(read.error());
  if (auto asked = ask_registry(setup, context); !asked) return base::pass(asked.error());
  return Newest{context.asked.wanted, context.to.version, setup.now_ms(), context.asked.requested_by};
}

}  // namespace update
