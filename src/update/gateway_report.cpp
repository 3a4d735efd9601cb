#include "update/gateway_report.hpp"

#include <nlohmann/json.hpp>

#include "base/redaction.hpp"
#include "base/text.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

// Reads members one after the other; the first one that is not what it must be is what remains.
class Reader {
 public:
  void flag(const json& object, const char* name, bool& into) {
    const json* value = member(object, name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return complain(name, "true or false");
    into = value->get<bool>();
  }
  void text(const json& object, const char* name, std::string& into) {
    const json* value = member(object, name);
    if (value == nullptr) return;
    if (!value->is_string()) return complain(name, "a text");
    into = clean(*value);
  }
  void time(const json& object, const char* name, std::int64_t& into) {
    const json* value = member(object, name);
    if (value == nullptr) return;
    if (!value->is_number_integer()) return complain(name, "a number");
    into = value->get<std::int64_t>();
  }
  void list(const json& object, const char* name, std::vector<std::string>& into) {
    const json* value = entries(object, name);
    if (value == nullptr) return;
    for (const json& entry : *value) {
      if (!entry.is_string()) return complain(name, "a list of texts");
      into.push_back(clean(entry));
    }
  }
  void failures(const json& object, const char* name, std::vector<PluginFailure>& into) {
    const json* value = entries(object, name);
    if (value == nullptr) return;
    for (const json& entry : *value) {
      if (!entry.is_object()) return complain(name, "a list of objects");
      PluginFailure failure;
      text(entry, "id", failure.id);
      text(entry, "error", failure.error);
      into.push_back(std::move(failure));
    }
  }
  void finding(const json& object, const char* name, const char* verdict, Finding& into) {
    const json* value = section(object, name);
    if (value == nullptr) return;
    flag(*value, "known", into.known);
    flag(*value, verdict, into.ok);
    text(*value, "detail", into.detail);
  }
  // An object, or null when absent.
  const json* section(const json& object, const char* name) {
    const json* value = member(object, name);
    if (value == nullptr || value->is_object()) return value;
    complain(name, "an object");
    return nullptr;
  }
  void require(const json& object, const char* name) {
    if (member(object, name) == nullptr) complain(name, "there");
  }

  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  static std::string clean(const json& value) {
    return base::redacted(value.get_ref<const std::string&>(), longest_report_text);
  }
  static const json* member(const json& object, const char* name) {
    const auto it = object.find(name);
    return it == object.end() || it->is_null() ? nullptr : &*it;
  }
  const json* entries(const json& object, const char* name) {
    const json* value = member(object, name);
    if (value == nullptr) return nullptr;
    if (value->is_array() && value->size() <= most_report_entries) return value;
    complain(name, "a list of at most " + std::to_string(most_report_entries) + " entries");
    return nullptr;
  }
  void complain(const char* name, const std::string& wanted) {
    if (complaint_.empty()) {
      complaint_ = base::concat({"openclaw-probe's report: \"", name, "\" must be ", wanted});
    }
  }

  std::string complaint_;
};

}  // namespace

Result<GatewayReport> read_gateway_report(const json& result) {
  if (!result.is_object())
    return base::fail(ErrorKind::unavailable, "openclaw-probe's report is no JSON object");
  GatewayReport report;
  Reader reader;
  reader.require(result, "ready");
  reader.flag(result, "ready", report.ready);
  reader.flag(result, "running", report.running);
  reader.list(result, "failing", report.failing);
  reader.text(result, "detail", report.detail);
  reader.time(result, "ready_at_ms", report.ready_at_ms);
  reader.text(result, "version", report.version);
  reader.list(result, "environment_keys", report.environment_keys);
  if (const json* plugins = reader.section(result, "plugins")) {
    reader.flag(*plugins, "known", report.plugins.known);
    reader.list(*plugins, "loaded", report.plugins.loaded);
    reader.failures(*plugins, "errors", report.plugins.errors);
    reader.list(*plugins, "bundled", report.plugins.bundled);
    reader.list(*plugins, "configured", report.plugins.configured);
  }
  reader.flag(result, "channels_known", report.channels_known);
  reader.list(result, "channels", report.channels);
  reader.finding(result, "config", "valid", report.config);
  reader.finding(result, "rpc", "ok", report.rpc);
  reader.finding(result, "cron", "ok", report.cron);
  reader.finding(result, "models", "ok", report.models);
  if (!reader.complaint().empty()) return base::fail(ErrorKind::unavailable, reader.complaint());
  return report;
}

Result<GatewayReport> parse_gateway_report(const std::string& text) {
  return read_gateway_report(json::parse(text, nullptr, /*allow_exceptions=*/false));
}

}  // namespace update
