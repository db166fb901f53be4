#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using namespace catalog;
using Check = decltype(Probe::check);

constexpr std::string_view url_form = "an http:// or https:// address without a password";

Check read_tcp(const Value& value) {
  const std::string text = value.line();
  if (auto address = host_and_port(text))
    return TcpProbe{.host = std::move(address->first), .port = address->second};
  if (!text.empty()) value.error("\"tcp\" must be host:port, such as \"192.0.2.1:443\".");
  return TcpProbe{};
}

Check read_certificate(const Value& value) {
  const Mapping certificate(value, {"of", "trusted_copy", "warn_before"});
  const auto of = certificate.required("of").name<ProbeId>(Kind::probe);
  CertificateProbe out{
      .of = of.value_or(ProbeId::parse("x").value()),
      .trusted_copy = certificate.required("trusted_copy")
                          .matching(is_metadata_path, "a path to a .xml file beside the catalog file")};
  for (const Value& each : certificate.optional("warn_before").distinct_items())
    out.warn_before.push_back(each.duration(seconds(1), seconds(1)));
  return out;
}

Check read_sts(const Value& value) {
  StsProbe out;
  const Value regions = Mapping(value, {"regions"}).required("regions");
  if (regions.present() && regions.node()->kind == Node::Kind::list)
    for (const Value& each : regions.distinct_items())
      out.regions.push_back(each.matching(is_region, "an AWS Region, such as eu-west-1"));
  else
    (void)regions.one_of({"all"});
  return out;
}

Check read_check(const Mapping& probe) {
  const std::string_view kind =
      probe.exactly_one({"saml_metadata", "http", "tcp", "saml_certificate", "sts"});
  if (kind == "saml_metadata") {
    const Mapping metadata(probe.required(kind), {"url"});
    return SamlMetadataProbe{.url = metadata.required("url").matching(is_url, url_form)};
  }
  if (kind == "http") {
    const Mapping http(probe.required(kind), {"url", "expect"});
    return HttpProbe{.url = http.required("url").matching(is_url, url_form),
                     .expect = http.optional("expect").integer(100, 599, 200)};
  }
  if (kind == "tcp") return read_tcp(probe.required(kind));
  if (kind == "saml_certificate") return read_certificate(probe.required(kind));
  if (kind == "sts") return read_sts(probe.required(kind));
  return StsProbe{};
}

Probe read_probe(const ProbeId& id, const Entry& entry) {
  const Mapping probe(entry.value, {"control", "dependency", "saml_metadata", "http", "tcp",
                                    "saml_certificate", "sts", "every", "timeout", "down_after", "up_after"});
  // What is neither true nor false counts as true, so that its fault is not followed by "dependency is
  // missing".
  const bool control = probe.optional("control").boolean(probe.has("control"));
  Probe out{.id = id, .control = control, .check = read_check(probe)};
  if (out.control && probe.has("dependency"))
    probe.optional("dependency")
        .error("A control probe watches our own uplink, not a dependency. Remove one of the two.");
  out.dependency = out.control ? "" : probe.required("dependency").name_text(Kind::dependency);
  out.every = probe.optional("every").duration(seconds(1), out.every);
  out.timeout = probe.optional("timeout").duration(seconds(1), out.timeout);
  if (out.timeout > out.every)
    entry.key.error("The timeout (" + postern::to_text(out.timeout) +
                    ") is longer than the time between two probes (" + postern::to_text(out.every) +
                    "). Shorten it, or probe less often.");
  out.down_after = probe.optional("down_after").integer(1, 100, out.down_after);
  out.up_after = probe.optional("up_after").integer(1, 100, out.up_after);
  return out;
}

}  // namespace

std::map<ProbeId, Probe> read_probes(const Value& value) {
  std::map<ProbeId, Probe> out;
  for (const Entry& each : value.entries())
    if (const auto id = each.key.id<ProbeId>()) out.emplace(*id, read_probe(*id, each));
  return out;
}

}  // namespace postern::catalog_file
