#include "update/intent.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <ctime>

#include "fs/file.hpp"

namespace update {
namespace {

using nlohmann::json;

constexpr const char* file_name = "intent";
constexpr std::int64_t valid_seconds = 60;

std::int64_t seconds_since_boot() {
  timespec now = {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec;
}

}  // namespace

base::Result<void> leave_intent(int runtime_fd, const Intent& intent) {
  const json object = {
      {"wanted", intent.wanted}, {"to_release", intent.to_release}, {"requested_by", intent.requested_by},
      {"force", intent.force},   {"quarantine", intent.quarantine}, {"at_s", seconds_since_boot()}};
  return fs::write_file_durably(runtime_fd, file_name,
                                object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", 0600);
}

std::optional<Intent> take_intent(int runtime_fd) {
  const auto text = fs::read_file(runtime_fd, file_name, 16384);
  ::unlinkat(runtime_fd, file_name, 0);
  if (!text) return std::nullopt;
  const json object = json::parse(*text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  try {
    const std::int64_t age = seconds_since_boot() - object.at("at_s").get<std::int64_t>();
    if (age < 0 || age > valid_seconds) return std::nullopt;
    return Intent{object.at("wanted").get<std::string>(), object.at("to_release").get<std::string>(),
                  object.at("requested_by").get<std::string>(), object.at("force").get<bool>(),
                  object.value("quarantine", std::string())};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace update
