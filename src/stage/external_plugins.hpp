// SPDX-License-Identifier: MIT
// 2026.5.2 and later: plugins are separate packages, which OpenClaw's own installer puts under <state>/npm
// and records in its state. This class verifies them, and installs or repairs them only by means of that
// installer, because the format of its records is private.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "openclaw/external_catalog.hpp"
#include "stage/course.hpp"
#include "stage/external_observation.hpp"
#include "stage/external_plan.hpp"
#include "stage/failed_fetch.hpp"
#include "stage/installer_command.hpp"
#include "stage/outcome.hpp"
#include "stage/request.hpp"
#include "stage/situation.hpp"

namespace stage {

class ExternalPlugins final : public Course {
 public:
  // All arguments must outlive this object. What is done is added to `outcome`.
  ExternalPlugins(const Situation& situation, const Request& request, Surroundings& surroundings,
                  Outcome& outcome);

  [[nodiscard]] base::Result<void> observe() override;
  [[nodiscard]] std::vector<Action> plan() const override;
  [[nodiscard]] base::Result<Applied> apply(const Action& action) override;
  void judge() override;

 private:
  // A call of the installer, until its result was observed.
  struct Call {
    Action asked;
    std::string why_not;  // if it was not installed
    base::ErrorKind kind = base::ErrorKind::unavailable;
    std::chrono::milliseconds took{0};
    bool hopeless = false;  // another call would wait for the same
  };

  void settle(const std::vector<ExternalNeed>& before);
  void settle_install(const Call& call);
  void settle_update(const Call& call, const std::vector<ExternalNeed>& before);

  [[nodiscard]] base::Result<Applied> recover_update(const Action& action);
  [[nodiscard]] base::Result<Applied> mend_link(const Action& action);
  [[nodiscard]] base::Result<Applied> install(const Action& action);
  [[nodiscard]] base::Result<Applied> leave(const Action& action);
  [[nodiscard]] base::Result<Applied> update(const Action& action);
  void call(const Action& action, const char* command);
  void note_failure(const std::string& id, const std::string& target, std::chrono::milliseconds took,
                    base::Error error);

  void tell_skew();
  void make_rows();

  const Situation& situation_;
  const Request& request_;
  Outcome& outcome_;
  Surroundings& surroundings_;
  InstallerCommand installer_;
  FailedFetches failed_fetches_;
  std::optional<openclaw::ExternalCatalog> catalog_;
  ExternalObservation seen_;
  ExternalTried tried_;
  std::optional<Call> call_;
  std::map<std::string, std::string>
      asked_;  // ID -> key of its fetch: plugins that were missing when the installer ran
  std::set<std::string> mended_, installed_now_;
  std::map<std::string, std::string> updated_;  // ID -> the previous version
};

}  // namespace stage
