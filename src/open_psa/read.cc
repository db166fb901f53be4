#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "open_psa/open_psa.h"

namespace postern::open_psa {
namespace {

using lockout::Event;
using lockout::FaultTree;
using lockout::Gate;
using lockout::Ref;

constexpr int formula_depth_max = 100;

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}
std::string_view name_of(const xmlNode* node) { return view(node->name); }

std::string attribute(const xmlNode* node, const char* name) {
  for (const xmlAttr* each = node->properties; each != nullptr; each = each->next)
    if (view(each->name) == name && each->children != nullptr)
      return std::string(view(each->children->content));
  return "";
}

std::vector<const xmlNode*> elements_in(const xmlNode* node) {
  std::vector<const xmlNode*> out;
  for (const xmlNode* each = node->children; each != nullptr; each = each->next)
    if (each->type == XML_ELEMENT_NODE) out.push_back(each);
  return out;
}

tl::unexpected<Error> fault(const xmlNode* node, const std::string& what) {
  return fail(ErrorCode::invalid, "Line " + std::to_string(xmlGetLineNo(node)) + ": " + what);
}
tl::unexpected<Error> unknown(const xmlNode* node) {
  return fault(node, "<" + sanitized(name_of(node), Lines::replace) +
                         "> is not known here: only trees of and, or, atleast, gates, basic events and "
                         "constants can be judged exactly.");
}

/// Entities are never declared, because a DOCTYPE ends the reading before anything in it counts.
void refuse_doctype(void* user, const xmlChar* /*name*/, const xmlChar* /*public_id*/,
                    const xmlChar* /*system_id*/) {
  xmlStopParser(static_cast<xmlParserCtxt*>(user));
}

Result<Document> parse(std::string_view xml) {
  const std::unique_ptr<xmlParserCtxt, void (*)(xmlParserCtxt*)> context(xmlNewParserCtxt(),
                                                                         xmlFreeParserCtxt);
  if (context == nullptr) return fail(ErrorCode::exhausted, "There is no memory to read the model.");
  context->sax->internalSubset = refuse_doctype;
  Document document(xmlCtxtReadMemory(
      context.get(), xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES));
  if (document == nullptr || xmlDocGetRootElement(document.get()) == nullptr)
    return fail(ErrorCode::invalid,
                "This is not well-formed XML without a DOCTYPE. An Open-PSA model is expected.");
  return document;
}

/// Definitions by name first, then the tree from its top down, since a gate may be defined after its use.
class Reader {
 public:
  Result<FaultTree> read(const xmlNode* root) {
    if (name_of(root) != "opsa-mef") return fault(root, "The root is not <opsa-mef>.");
    for (const xmlNode* each : elements_in(root)) {
      if (name_of(each) == "define-fault-tree")
        TRY(definitions(each));
      else if (name_of(each) == "model-data")
        TRY(definitions(each));
      else if (name_of(each) != "label" && name_of(each) != "attributes")
        return unknown(each);
    }
    std::set<std::string> tops;
    for (const auto& [name, node] : gates_) tops.insert(name);
    for (const auto& [name, node] : gates_) remove_used(node, tops, 0);
    if (tops.size() != 1)
      return fail(ErrorCode::invalid,
                  "The model has " + std::to_string(tops.size()) +
                      " gates that no other gate names, and exactly one must be the top.");
    tree_.set_top(TRY(gate(*tops.begin(), root)));
    return std::move(tree_);
  }

 private:
  Result<void> definitions(const xmlNode* parent) {
    for (const xmlNode* each : elements_in(parent)) {
      const std::string_view kind = name_of(each);
      const std::string name = attribute(each, "name");
      if (kind == "label" || kind == "attributes") continue;
      if (kind != "define-gate" && kind != "define-basic-event") return unknown(each);
      auto& known = kind == "define-gate" ? gates_ : events_;
      if (name.empty() || !known.try_emplace(name, each).second)
        return fault(each, "A definition without a name, or of a name that is defined already.");
    }
    return {};
  }

  static bool is_gate_name(const xmlNode* node, const std::map<std::string, const xmlNode*>& gates) {
    return name_of(node) == "gate" || (name_of(node) == "event" && gates.contains(attribute(node, "name")));
  }
  void remove_used(const xmlNode* node, std::set<std::string>& tops, int depth) const {
    if (depth > formula_depth_max) return;
    for (const xmlNode* each : elements_in(node)) {
      if (is_gate_name(each, gates_)) tops.erase(attribute(each, "name"));
      remove_used(each, tops, depth + 1);
    }
  }

  Result<Ref> gate(const std::string& name, const xmlNode* used_at) {
    if (const auto done = done_.find(name); done != done_.end()) {
      if (done->second) return *done->second;
      return fault(used_at, "Gate " + sanitized(name, Lines::replace) + " stands on itself.");
    }
    const auto found = gates_.find(name);
    if (found == gates_.end())
      return fault(used_at, "Gate " + sanitized(name, Lines::replace) + " is not defined.");
    if (++open_ > static_cast<int>(lockout::depth_max))
      return fault(used_at, "Gates are nested too deep here.");
    done_.emplace(name, std::nullopt);
    const xmlNode* formula_node = nullptr;
    for (const xmlNode* each : elements_in(found->second)) {
      if (name_of(each) == "label" || name_of(each) == "attributes") continue;
      if (formula_node != nullptr) return fault(each, "A gate has one formula.");
      formula_node = each;
    }
    if (formula_node == nullptr) return fault(found->second, "A gate has one formula, and here is none.");
    const Ref inner = TRY(formula(formula_node, name, 0));
    --open_;
    done_[name] = inner;
    return inner;
  }

  Result<Ref> event(const std::string& name, const xmlNode* used_at) {
    if (const auto done = happens_.find(name); done != happens_.end()) return done->second;
    const auto found = events_.find(name);
    Event out{.id = name};
    if (found == events_.end())
      return fault(used_at, "Basic event " + sanitized(name, Lines::replace) + " is not defined.");
    for (const xmlNode* each : elements_in(found->second)) {
      if (name_of(each) == "label") {
        out.title = each->children == nullptr ? "" : std::string(view(each->children->content));
        continue;
      }
      if (name_of(each) != "float") return unknown(each);
      const std::string text = attribute(each, "value");
      double value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
        return fault(each, "A probability is a number between 0 and 1.");
      out.probability = value;
    }
    const Ref made = TRY(tree_.add(std::move(out)));
    happens_.emplace(name, made);
    return made;
  }

  Result<Ref> formula(const xmlNode* node, const std::string& id, int depth) {
    if (depth > formula_depth_max) return fault(node, "Formulas are nested too deep here.");
    const std::string_view kind = name_of(node);
    if (is_gate_name(node, gates_)) return gate(attribute(node, "name"), node);
    if (kind == "basic-event" || kind == "event") return event(attribute(node, "name"), node);
    if (kind == "constant") {
      const bool holds = attribute(node, "value") == "true";
      return tree_.add(Gate{.id = id, .at_least = holds ? 0 : 1, .of = {}});
    }
    if (kind != "and" && kind != "or" && kind != "atleast") return unknown(node);
    Gate out{.id = id, .at_least = 1, .of = {}};
    for (const xmlNode* each : elements_in(node)) out.of.push_back(TRY(formula(each, id, depth + 1)));
    if (kind == "and") out.at_least = static_cast<int>(out.of.size());
    if (kind == "atleast") {
      const std::string text = attribute(node, "min");
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.at_least);
      if (error != std::errc() || end != text.data() + text.size() || out.at_least < 0)
        return fault(node, "<atleast> needs min, a whole number.");
    }
    return tree_.add(std::move(out));
  }

  FaultTree tree_;
  std::map<std::string, const xmlNode*> gates_;
  std::map<std::string, const xmlNode*> events_;
  std::map<std::string, std::optional<Ref>> done_;  ///< nullopt while it is being read
  std::map<std::string, Ref> happens_;
  int open_ = 0;
};

}  // namespace

Result<lockout::FaultTree> read(std::string_view xml) {
  if (xml.empty() || xml.size() > model_bytes_max)
    return fail(ErrorCode::invalid,
                "An Open-PSA model has between 1 and " + std::to_string(model_bytes_max) + " bytes.");
  const Document document = TRY(parse(xml));
  return Reader().read(xmlDocGetRootElement(document.get()));
}

}  // namespace postern::open_psa
