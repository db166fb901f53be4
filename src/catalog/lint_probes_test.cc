#include <gmock/gmock.h>

#include "catalog/lint_for_test.h"

/// What lint says of probes, and of what is confirmed by them.
namespace postern::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Lint, NotMoreNodesMustSeeItThanThereAre) {
  const auto seen_by = [](int count, std::vector<std::string> nodes) {
    return found_after([&](Catalog& c) {
      c.nodes = std::move(nodes);
      c.postern_needs = Needs{.dependency = "pager"};
      idp_down(c).seen_by = count;
    });
  };
  EXPECT_THAT(seen_by(2, {"192.0.2.1:443", "192.0.2.2:443"}), IsEmpty());
  EXPECT_THAT(seen_by(3, {"192.0.2.1:443", "192.0.2.2:443"}),
              ElementsAre(error("failure_modes.idp-down.seen_by", "3 nodes must see")));
  EXPECT_THAT(seen_by(1, {}), IsEmpty()) << "Postern runs somewhere, even where the catalog does not say so";
  EXPECT_THAT(seen_by(2, {}), ElementsAre(error("failure_modes.idp-down.seen_by", "Postern has 1")));
}

TEST(Lint, OneStatementDoesNotProveBothThatItIsBrokenAndThatItWorks) {
  EXPECT_THAT(found_after([](Catalog& c) {
                operate(c).return_to_normal = {any_of({attested("leads", 1), down("idp")})};
              }),
              ElementsAre(warning("failure_modes.idp-down.confirm", "\"It is down.\"")));
  EXPECT_THAT(
      found_after([](Catalog& c) {
        operate(c).return_to_normal = {{Attested{.by = group_id("identity"), .statement = "I signed in."}}};
      }),
      IsEmpty());
}

TEST(Lint, ProbesAloneShouldNotConfirm) {
  const auto confirmed_by = [](const Condition& condition) {
    return found_after([&](Catalog& c) { idp_down(c).confirm = condition; });
  };
  const auto warned =
      ElementsAre(warning("failure_modes.idp-down.confirm", "Probes can confirm idp-down while nobody"));
  EXPECT_THAT(confirmed_by(down("idp")), warned);
  EXPECT_THAT(confirmed_by({ProbeUp{.probe = probe_id("idp")}}), warned);
  EXPECT_THAT(confirmed_by(any_of({down("idp"), attested("identity", 2)})), warned);
  EXPECT_THAT(confirmed_by(all_of({down("idp"), any_of({down("idp"), attested("identity", 2)})})), warned);
  EXPECT_THAT(confirmed_by(all_of({down("idp"), any_of({attested("leads", 1), attested("identity", 2)})})),
              IsEmpty());
}

TEST(Lint, WhatPeopleOrTheirOwnProgramsSayMayConfirm) {
  for (const decltype(Probe::check)& check : std::initializer_list<decltype(Probe::check)>{
           ManualProbe{.by = group_id("identity")}, ExecProbe{.program = "check_vpn"}})
    EXPECT_THAT(found_after([&](Catalog& c) {
                  c.probes.emplace(probe_id("said"), Probe{.id = probe_id("said"), .check = check});
                  idp_down(c).confirm = all_of({down("idp"), down("said")});
                }),
                IsEmpty());
}

TEST(Lint, OnlyASamlMetadataProbeKnowsWhatAnIdpSignsWith) {
  const auto looking_at = [](const char* of) {
    return found_after([&](Catalog& c) {
      c.probes.emplace(probe_id("metadata"),
                       Probe{.id = probe_id("metadata"), .check = SamlMetadataProbe{.url = "https://a"}});
      c.probes.emplace(probe_id("certificate"),
                       Probe{.id = probe_id("certificate"),
                             .check = CertificateProbe{.of = probe_id(of), .trusted_copy = "idp.xml"}});
      c.probes.emplace(probe_id("login"), Probe{.id = probe_id("login"),
                                                .check = SamlLoginProbe{.of = probe_id(of),
                                                                        .url = "https://a",
                                                                        .username = "synthetic",
                                                                        .password = {.name = "P"}}});
    });
  };
  EXPECT_THAT(looking_at("metadata"), IsEmpty());
  EXPECT_THAT(looking_at("idp"),
              ElementsAre(error("probes.certificate.saml_certificate.of", "idp fetches no SAML metadata"),
                          error("probes.login.saml_login.of", "idp fetches no SAML metadata")));
}

TEST(Lint, WhoeverComparesAProviderShouldKnowWhatWasImported) {
  EXPECT_THAT(
      found_after([](Catalog& c) {
        c.probes.at(probe_id("idp")).check = SamlMetadataProbe{.url = "https://a"};
        c.probes.emplace(
            probe_id("live"),
            Probe{.id = probe_id("live"),
                  .check = CertificateProbe{
                      .of = probe_id("idp"),
                      .iam_provider = SamlProvider{.account = account_id("200000000001"), .name = "okta"}}});
      }),
      ElementsAre(warning("probes.live.saml_certificate", "live has no signed copy")));
}

TEST(Lint, NoMoreRegionsMustAnswerThanAreAsked) {
  const auto of_regions = [](std::vector<std::string> regions, int at_least) {
    return found_after([&](Catalog& c) {
      c.probes.emplace(probe_id("sts"),
                       Probe{.id = probe_id("sts"),
                             .check = StsProbe{.regions = std::move(regions), .at_least = at_least}});
    });
  };
  EXPECT_THAT(of_regions({"eu-west-1", "eu-west-2"}, 2), IsEmpty());
  EXPECT_THAT(of_regions({"eu-west-1", "eu-west-2"}, 3),
              ElementsAre(error("probes.sts.sts.at_least", "3 Regions must answer, and 2 are asked")));
  EXPECT_THAT(of_regions({}, 2), ElementsAre(error("probes.sts.sts.at_least", "and 1 is asked")))
      << "all means those of the organization";
}

}  // namespace
}  // namespace postern::catalog
