#include <cstdio>
#include <vector>

#include "open_psa/open_psa.h"

namespace postern::open_psa {
namespace {

using lockout::Event;
using lockout::FaultTree;
using lockout::Gate;
using lockout::Ref;

/// "e12_person_aiko"
std::string name_of(const FaultTree& tree, Ref ref) {
  const bool is_event = ref.kind == Ref::Kind::event;
  std::string out = (is_event ? "e" : "g") + std::to_string(ref.index) + "_";
  for (const char c : is_event ? tree.event(ref).id : tree.gate(ref).id) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += is_plain ? c : '_';
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out;
}

std::string label(const std::string& title, const std::string& id) {
  return "<label>" + escaped(title.empty() ? id : title) + "</label>";
}

std::string formula(const FaultTree& tree, const Gate& gate) {
  const auto size = static_cast<int>(gate.of.size());
  if (gate.at_least <= 0) return R"(<constant value="true"/>)";
  if (gate.at_least > size) return R"(<constant value="false"/>)";
  std::string inputs;
  for (const Ref each : gate.of)
    inputs += std::string(each.kind == Ref::Kind::event ? "<basic-event" : "<gate") + " name=\"" +
              name_of(tree, each) + "\"/>";
  if (size == 1) return inputs;
  if (gate.at_least == 1) return "<or>" + inputs + "</or>";
  if (gate.at_least == size) return "<and>" + inputs + "</and>";
  return "<atleast min=\"" + std::to_string(gate.at_least) + "\">" + inputs + "</atleast>";
}

}  // namespace

std::string write(const lockout::FaultTree& tree, std::string_view name) {
  // The top is told by nobody naming it, so what else nobody names must not be written.
  std::vector<bool> needed(tree.gates().size());
  std::vector<bool> happens(tree.events().size());
  const auto need = [&](Ref ref) { (ref.kind == Ref::Kind::event ? happens : needed)[ref.index] = true; };
  need(tree.top());
  for (std::size_t i = needed.size(); i-- > 0;)
    if (needed[i])
      for (const Ref each : tree.gates()[i].of) need(each);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opsa-mef>\n<define-fault-tree name=\"" +
                    escaped(name) + "\">\n";
  if (tree.top().kind == Ref::Kind::event)
    out +=
        "<define-gate name=\"top\"><basic-event name=\"" + name_of(tree, tree.top()) + "\"/></define-gate>\n";
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    if (!needed[i]) continue;
    const Gate& gate = tree.gates()[i];
    out += "<define-gate name=\"" + name_of(tree, {Ref::Kind::gate, i}) + "\">" + label(gate.title, gate.id) +
           formula(tree, gate) + "</define-gate>\n";
  }
  out += "</define-fault-tree>\n<model-data>\n";
  for (std::uint32_t i = 0; i < happens.size(); ++i) {
    if (!happens[i]) continue;
    const Event& event = tree.events()[i];
    out += "<define-basic-event name=\"" + name_of(tree, {Ref::Kind::event, i}) + "\">" +
           label(event.title, event.id);
    if (event.probability) {
      char text[32];
      const int size = std::snprintf(text, sizeof text, "%.17g", *event.probability);
      out += "<float value=\"" + std::string(text, static_cast<std::size_t>(size)) + "\"/>";
    }
    out += "</define-basic-event>\n";
  }
  return out + "</model-data>\n</opsa-mef>\n";
}

}  // namespace postern::open_psa
