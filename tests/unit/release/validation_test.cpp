// SPDX-License-Identifier: MIT
#include "release/validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/digest.hpp"
#include "fs/refusals.hpp"
#include "support/source_tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using base::ErrorKind;
using test_support::TemporaryDirectory;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* inventory = "dist/postinstall-inventory.json";
constexpr const char* content_inventory = "dist/postinstall-content-inventory.json";

class PackageValidation : public testing::Test {
 protected:
  // Complete, as 2026.5.12 is: with an inventory and none of contents.
  PackageValidation() {
    write_manifest(R"("zod":"^4.0.0")");
    package_.write("openclaw.mjs", "import('./dist/entry.js')", 0755);
    package_.write("dist/entry.js", "import { a } from \"./chunk-A1.js\";");
    package_.write("dist/index.js", "export * from './entry.js';");
    package_.write("dist/chunk-A1.js", "export const a = 1;");
    package_.write(inventory, R"(["dist/entry.js","dist/index.js","dist/chunk-A1.js"])");
    package_.write("node_modules/zod/package.json", R"({"name":"zod","version":"4.1.0","main":"index.js"})");
    package_.write("node_modules/zod/index.js");
  }

  void write_manifest(const std::string& dependencies, const std::string& version = "2026.5.12",
                      const std::string& more = "") const {
    package_.write("package.json", R"({"name":"openclaw","version":")" + version + R"(","dependencies":{)" +
                                       dependencies + "}" + more + "}");
  }
  void write_contents(const std::string& sha256, int size, int mode) const {
    package_.write(content_inventory, R"([{"path":"dist/index.js","sha256":")" + sha256 + R"(","size":)" +
                                          std::to_string(size) + R"(,"mode":)" + std::to_string(mode) + "}]");
  }

  std::vector<std::string> complaints(const std::string& wanted = "2026.5.12") const {
    return release::inspect_package(package_.fd(), wanted, overrides_).complaints;
  }

  TemporaryDirectory package_;
  openclaw::Dependencies overrides_;
  const std::string index_digest_ = base::sha256_hex("export * from './entry.js';");
};

TEST_F(PackageValidation, FindsNothingInACompletePackage) {
  EXPECT_THAT(complaints(), IsEmpty());
  EXPECT_TRUE(release::validate_package(package_.fd(), "2026.5.12"));
}

TEST_F(PackageValidation, NamesTheFirstComplaintAndCountsTheOthers) {
  package_.write(inventory, R"(["dist/gone-1.js","dist/gone-2.js","dist/gone-3.js"])");
  const auto valid = release::validate_package(package_.fd(), "2026.5.12");
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().kind, ErrorKind::integrity);
  EXPECT_THAT(valid.error().message,
              AllOf(HasSubstr("OpenClaw 2026.5.12 is not complete: dist/gone-1.js is missing"),
                    HasSubstr("and 2 other complaints")));
}

TEST_F(PackageValidation, WantsTheVersionAndTheName) {
  EXPECT_THAT(complaints("2026.5.13"),
              ElementsAre("package.json has version '2026.5.12' instead of 2026.5.13"));
  package_.write("package.json", R"({"name":"openclow","version":"2026.5.12"})");
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("'openclow', not of openclaw")));
  package_.write("package.json", "{");
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("package.json")));
  ::unlink(package_.path("package.json").c_str());
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("package.json")));
}

TEST_F(PackageValidation, WantsTheEntryFilesAsFiles) {
  ::unlink(package_.path("openclaw.mjs").c_str());
  package_.symlink("/usr/bin/true", "openclaw.mjs");
  EXPECT_THAT(complaints(), ElementsAre("the entry file openclaw.mjs is missing"));
}

TEST_F(PackageValidation, TellsTheErrorOfWhatTheDiskDoesNotShowAndNotThatItIsMissing) {
  write_contents(index_digest_, 27, 0644);
  const test_support::Refusals refused([](fs::syscalls::Call, std::string_view name) {
    return name == "dist" || name == "dist/index.js" ? EIO : 0;
  });
  const auto found = complaints();
  EXPECT_THAT(found, AllOf(Contains(HasSubstr("the entry file dist/entry.js")),
                           Contains(HasSubstr("dist/openclaw-install-guard")),
                           Contains("cannot open 'dist/index.js': Input/output error")));
  EXPECT_THAT(found, Each(AllOf(HasSubstr("Input/output error"), Not(HasSubstr("missing")))));
  // `integrity` would keep a sound version out for good.
  const auto valid = release::validate_package(package_.fd(), "2026.9.6");
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().kind, base::ErrorKind::system);
  EXPECT_EQ(valid.error().number, EIO);
}

TEST_F(PackageValidation, WantsThePostinstallToHaveRun) {
  package_.write(".openclaw-lifecycle-pending", "pending\n");
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr(".openclaw-lifecycle-pending still exists")));
  ::unlink(package_.path(".openclaw-lifecycle-pending").c_str());
  package_.write("dist/openclaw-install-guard");
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("dist/openclaw-install-guard still exists")));
}

TEST_F(PackageValidation, WantsEachPathOfTheInventory) {
  package_.write(inventory, R"(["dist/index.js","dist/gone.js","../../etc/passwd",7])");
  EXPECT_THAT(complaints(),
              ElementsAre("dist/gone.js is missing, which dist/postinstall-inventory.json names",
                          HasSubstr("'../../etc/passwd', which is not a path in the package"),
                          HasSubstr("not a path in the package")));
}

TEST_F(PackageValidation, WantsTheInventoriesWhereTheVersionShipsThem) {
  ::unlink(package_.path(inventory).c_str());
  EXPECT_THAT(complaints(), ElementsAre("dist/postinstall-inventory.json is missing"));
  write_manifest("", "2026.4.14");
  EXPECT_THAT(complaints("2026.4.14"), IsEmpty());
  write_manifest("", "2026.9.5");
  EXPECT_THAT(complaints("2026.9.5"), ElementsAre("dist/postinstall-inventory.json is missing",
                                                  "dist/postinstall-content-inventory.json is missing"));
}

TEST_F(PackageValidation, WantsTheContentsOfTheInventory) {
  write_contents(index_digest_, 27, 0644);
  EXPECT_THAT(complaints(), IsEmpty());
  write_contents(index_digest_, 27, 0444);  // sealed by somebody: only the executable bit counts
  EXPECT_THAT(complaints(), IsEmpty());
  write_contents(index_digest_, 27, 0755);
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("dist/index.js does not have the executable bit")));
  write_contents(index_digest_, 28, 0644);
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("dist/index.js does not have the size")));
  write_contents(std::string(64, '0'), 27, 0644);
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("dist/index.js does not have the content")));
  package_.write(content_inventory, R"([{"path":"/etc/passwd","sha256":"","size":1,"mode":420},{},1])");
  EXPECT_THAT(complaints(), testing::SizeIs(3));
  package_.write(content_inventory, R"({"not":"a list"})");
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("is not a list")));
}

// From 2026.9.3 on they end in .mjs; what the list names is what counts.
TEST_F(PackageValidation, MissesAChunkWhateverItsNameEndsIn) {
  package_.write(inventory, R"(["dist/chunk-A1.js","dist/chunk-B2.mjs","dist/data.json"])");
  package_.write("dist/data.json");
  EXPECT_THAT(complaints(),
              ElementsAre("dist/chunk-B2.mjs is missing, which dist/postinstall-inventory.json names"));
}

// 2026.8.1, 8.2 and 9.2 have such a page for browsers in a template literal, 9.2-9.6 a text for authors of
// plugins; 2026.4.14-4.26 imports two files that were never shipped, and runs.
TEST_F(PackageValidation, DoesNotTakeTextForImports) {
  package_.write("dist/index.js", "const page = `import { x } from \"./vendor/embedded-app-sdk.mjs\";`;");
  package_.write("dist/entry.js", "// import \"./gone.js\"\nconst text = 'import \"./contract.js\"';");
  package_.write("dist/extensions/acpx/mcp-proxy.mjs", R"(import { f } from "./error-format.mjs";)");
  EXPECT_THAT(complaints(), IsEmpty());
}

TEST_F(PackageValidation, WantsEachDependencyInRange) {
  write_manifest(R"("zod":"^3.0.0")");
  EXPECT_THAT(complaints(), ElementsAre("node_modules: zod: 4.1.0 is not in ^3.0.0"));
  write_manifest(R"("zod":"^4.0.0","hono":"4.12.0")");
  EXPECT_THAT(complaints(), ElementsAre("node_modules: hono: not installed"));
}

// They say what to install. An installation that was made without them is sound.
TEST_F(PackageValidation, TakesAnOverrideForAnAlternativeAndNotForADemand) {
  overrides_ = {{"zod", "3.9.9"}};
  EXPECT_THAT(complaints(), IsEmpty()) << "in range, as package.json wants it";
  write_manifest(R"("zod":"^3.0.0")");
  EXPECT_THAT(complaints(), ElementsAre("node_modules: zod: 4.1.0 is not in ^3.0.0 || 3.9.9"));
  overrides_ = {{"zod", "4.1.0"}};
  EXPECT_THAT(complaints(), IsEmpty()) << "as the override installed it";
}

TEST_F(PackageValidation, CanDoWithoutOptionalDependencies) {
  write_manifest(R"("zod":"^4.0.0","sqlite-vec":"0.1.9")", "2026.5.12",
                 R"(,"optionalDependencies":{"sqlite-vec":"0.1.9"})");
  EXPECT_THAT(complaints(), IsEmpty());
}

TEST_F(PackageValidation, WantsAFolderOfModulesWhereItRequiresSome) {
  ASSERT_EQ(::rename(package_.path("node_modules").c_str(), package_.path("moved").c_str()), 0);
  EXPECT_THAT(complaints(), ElementsAre("node_modules is missing"));
  write_manifest("");
  EXPECT_THAT(complaints(), IsEmpty());
}

TEST_F(PackageValidation, WantsWhatDependenciesRequireInTurn) {
  package_.write("node_modules/zod/package.json",
                 R"({"name":"zod","version":"4.1.0","dependencies":{"lost":"1"}})");
  EXPECT_THAT(complaints(), ElementsAre("node_modules: zod requires lost, which is not in the tree"));
}

// What can refuse stands where an operator looks for it.
TEST(PackageChecks, AreInTheManual) {
  std::string page = test_support::read_source("man/openclaw-update.8");
  std::replace(page.begin(), page.end(), '\n', ' ');
  for (const release::PackageCheck& check : release::package_checks()) {
    EXPECT_THAT(page, HasSubstr("T{ " + std::string(check.name) + " T}\tT{ " + std::string(check.rests_on)));
    if (check.releases == "all") continue;
    EXPECT_THAT(page, HasSubstr(std::string(check.releases)));
  }
}

TEST_F(PackageValidation, PrintsNothingThatSteersATerminal) {
  package_.write(inventory, "[\"dist/\\u001b[2Jgone.js\"]");
  EXPECT_THAT(complaints(), ElementsAre(Not(HasSubstr("\x1b"))));
}

}  // namespace
