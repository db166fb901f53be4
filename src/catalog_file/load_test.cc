#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>

#include "catalog_file/catalog_for_test.h"

namespace postern::catalog_file {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Load : public testing::Test {
 protected:
  Load() {
    std::string name = (fs::temp_directory_path() / "postern-load-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("No temporary folder");
    root_ = name;
    fs::create_directories(root_ / "catalog/playbooks");
    for (const auto& [path, text] : demo().files) write("catalog/" + path, text);
  }
  ~Load() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  [[nodiscard]] Result<Sources> loaded() const { return load((root_ / "catalog/catalog.yaml").string()); }

  fs::path root_;
};

TEST_F(Load, BringsTheCatalogItsPlaybooksAndTheirTranslations) { EXPECT_EQ(loaded().value(), demo()); }

TEST_F(Load, CallsTheCatalogCatalogYamlWhateverItsName) {
  fs::rename(root_ / "catalog/catalog.yaml", root_ / "catalog/acme.yml");
  EXPECT_EQ(load((root_ / "catalog/acme.yml").string()).value(), demo());
}

TEST_F(Load, LeavesAMissingPlaybookToRead) {
  fs::remove(root_ / "catalog/playbooks/idp-unavailable.md");
  fs::remove(root_ / "catalog/playbooks/idp-unavailable.ja.md");
  const Sources sources = loaded().value();
  EXPECT_EQ(sources.files.size(), 1U);
  EXPECT_THAT(faults_of(sources),
              testing::ElementsAre(HasSubstr("There is no playbook playbooks/idp-unavailable.md")));
}

TEST_F(Load, LeavesACatalogThatIsNotYamlToRead) {
  write("catalog/catalog.yaml", "version: [");
  EXPECT_EQ(loaded().value().files.size(), 1U);
}

TEST_F(Load, SaysWhenThereIsNoSuchFile) {
  EXPECT_EQ(load((root_ / "none.yaml").string()).error().code, ErrorCode::not_found);
}

TEST_F(Load, TakesOnlyRegularFiles) {
  fs::remove(root_ / "catalog/playbooks/idp-unavailable.md");
  ASSERT_EQ(::mkfifo((root_ / "catalog/playbooks/idp-unavailable.md").c_str(), 0600), 0);
  EXPECT_THAT(loaded().error().message, HasSubstr("not a regular file"));
}

TEST_F(Load, AFolderIsACatalogOfSeveralParts) {
  const std::string whole = demo_catalog();
  const std::size_t people = whole.find("people:\n  - id");
  const std::size_t groups = whole.find("groups:");
  write("catalog/catalog.yaml", whole.substr(0, people) + whole.substr(groups));
  write("catalog/people.yaml", whole.substr(people, groups - people));
  write("catalog/.hidden.yaml", "no: part");
  write("catalog/notes.txt", "no part");
  const Sources sources = load((root_ / "catalog").string()).value();
  EXPECT_TRUE(sources.files.contains("people.yaml"));
  EXPECT_EQ(sources.files.size(), 4U);
  EXPECT_THAT(faults_of(sources), testing::IsEmpty());
  EXPECT_EQ(read(sources).catalog->people.size(), 5U);
  EXPECT_EQ(unbundle(bundle(sources)).value(), sources);
}

TEST_F(Load, AFaultIsShownInThePartWhereItStands) {
  write("catalog/more.yaml", "min_people: 3\nchannels:\n  mail: {}\n");
  EXPECT_THAT(faults_of(load((root_ / "catalog").string()).value()),
              testing::UnorderedElementsAre(
                  testing::StartsWith("more.yaml:1:1: error: The key \"min_people\" stands in another file"),
                  testing::StartsWith("more.yaml:3:9: error: Exactly one provider")));
  write("catalog/more.yaml", "- a list\n");
  EXPECT_THAT(faults_of(load((root_ / "catalog").string()).value()),
              testing::ElementsAre(testing::StartsWith("more.yaml:1:1: error: A part of a catalog")));
}

TEST_F(Load, BringsTheCopyOfMetadataThatAProbeNames) {
  write("catalog/catalog.yaml",
        with(demo_catalog(), "uplink: {",
             "certificate: { dependency: standby-idp, saml_certificate: { of: primary-idp, trusted_copy: "
             "metadata/x.xml } }\n  uplink: {"));
  EXPECT_THAT(faults_of(loaded().value()),
              testing::ElementsAre(testing::HasSubstr("There is no file metadata/x.xml")));
  write("catalog/metadata/x.xml", "<x/>\n");
  EXPECT_EQ(read(loaded().value()).catalog->trusted_copies.at("metadata/x.xml"), "<x/>\n");
  EXPECT_EQ(unbundle(bundle(loaded().value())).value(), loaded().value());
}

TEST_F(Load, NeverLeavesTheFolder) {
  write("secret.md", "secret");
  write("catalog/catalog.yaml", with(demo_catalog(), "playbooks/idp-unavailable.md", "../secret.md"));
  EXPECT_EQ(loaded().error().code, ErrorCode::invalid);

  write("catalog/catalog.yaml", demo_catalog());
  fs::remove(root_ / "catalog/playbooks/idp-unavailable.md");
  fs::create_symlink(root_ / "secret.md", root_ / "catalog/playbooks/idp-unavailable.md");
  EXPECT_THAT(loaded().error().message, HasSubstr("leaves the catalog's folder"));
}

TEST_F(Load, BringsNothingButMarkdown) {
  write("catalog/playbooks/key.pem", "secret");
  write("catalog/catalog.yaml", with(demo_catalog(), "playbooks/idp-unavailable.md", "playbooks/key.pem"));
  EXPECT_THAT(loaded().error().message, HasSubstr("not a .md file"));
}

TEST_F(Load, FollowsALinkInsideTheFolder) {
  fs::rename(root_ / "catalog/playbooks/idp-unavailable.md", root_ / "catalog/playbooks/real.md");
  fs::create_symlink("real.md", root_ / "catalog/playbooks/idp-unavailable.md");
  EXPECT_EQ(loaded().value(), demo());
}

TEST_F(Load, RefusesWhatIsTooLargeOrNotText) {
  write("catalog/playbooks/idp-unavailable.md", std::string(playbook_bytes_max + 1, 'x'));
  EXPECT_THAT(loaded().error().message, HasSubstr("larger than 65536"));
  write("catalog/playbooks/idp-unavailable.md", "a\nb\xff");
  EXPECT_THAT(loaded().error().message, HasSubstr("idp-unavailable.md:2:2"));
  write("catalog/catalog.yaml", std::string(file_bytes_max + 1, '#'));
  EXPECT_EQ(loaded().error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::catalog_file
