#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "probe/look_cookies.h"
#include "probe/look_parts.h"
#include "saml/html_form.h"
#include "saml/signature.h"

/// saml_login: a synthetic user signs in without a browser. The password goes to one origin only, and the
/// assertion that comes of it goes nowhere.
namespace postern::probe {
namespace {

using saml::HtmlForm;

constexpr int redirects_max = 5;
constexpr int passed_on_max = 3;

struct Page {
  std::string url;
  std::string body;
};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

const std::string* value_of(const HtmlForm& form, std::string_view field) {
  const auto at = std::find_if(form.fields.begin(), form.fields.end(),
                               [&](const auto& each) { return each.first == field; });
  return at == form.fields.end() ? nullptr : &at->second;
}

/// A page that scripts pass on asks for nothing: every field has its value. Others (a second factor, a new
/// password) are for people.
bool passes_on(const std::vector<HtmlForm>& forms) {
  return forms.size() == 1 && forms.front().is_post && !forms.front().fields.empty() &&
         std::none_of(forms.front().fields.begin(), forms.front().fields.end(),
                      [](const auto& each) { return each.second.empty(); });
}

Result<std::string> decoded(std::string_view base64) {
  std::string packed;
  for (const char c : base64)
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed += c;
  Result<std::string> xml = from_base64(packed);
  if (xml) return xml;
  return fail(ErrorCode::invalid, "answers with a SAMLResponse that is not Base64");
}

class SignIn {
 public:
  SignIn(const catalog::SamlLoginProbe& probe, const Secret& password, std::string origin,
         const Looking& looking)
      : probe_(probe), password_(password), origin_(std::move(origin)), looking_(looking) {}

  /// The Response that the IdP would have the browser carry to AWS, as XML. Messages go on from "the IdP ".
  Result<std::string> run() {
    Page page = TRY(open("GET", probe_.url, ""));
    for (int passed_on = 0;;) {
      const std::vector<HtmlForm> forms = TRY(saml::read_forms(page.body));
      for (const HtmlForm& each : forms)
        if (const std::string* response = value_of(each, "SAMLResponse")) return take(*response);
      const HtmlForm* const login = login_form(forms);
      if (login != nullptr && has_signed_in_)
        return fail(ErrorCode::forbidden, "did not sign the synthetic user in");
      if (login != nullptr) {
        page = TRY(sign_in(page, *login));
      } else if (passes_on(forms) && passed_on++ < passed_on_max) {
        page = TRY(submit(page, forms.front(), forms.front().fields));
      } else {
        return fail(ErrorCode::invalid, has_signed_in_
                                            ? "took name and password, and then asks for something else"
                                            : "shows no form that asks for name and password");
      }
    }
  }

 private:
  Result<std::string> take(const std::string& response) const {
    if (!has_signed_in_)
      return fail(ErrorCode::forbidden, "gives an assertion away without asking for a password");
    return decoded(response);
  }

  [[nodiscard]] const HtmlForm* login_form(const std::vector<HtmlForm>& forms) const {
    const auto at = std::find_if(forms.begin(), forms.end(), [this](const HtmlForm& each) {
      return value_of(each, probe_.username_field) != nullptr &&
             value_of(each, probe_.password_field) != nullptr;
    });
    return at == forms.end() ? nullptr : &*at;
  }

  Result<Page> sign_in(const Page& page, const HtmlForm& form) {
    auto fields = form.fields;
    for (auto& [name, value] : fields) {
      if (name == probe_.username_field) value = probe_.username;
      if (name == probe_.password_field) value = password_.reveal();
    }
    has_signed_in_ = true;
    Result<Page> next = submit(page, form, fields);
    for (auto& [name, value] : fields) wipe(value);
    return next;
  }

  Result<Page> submit(const Page& page, const HtmlForm& form,
                      const std::vector<std::pair<std::string, std::string>>& fields) {
    // In a GET the password would stand in an URL, and so in logs.
    if (!form.is_post)
      return fail(ErrorCode::invalid, "has a form that would put its fields into an address");
    return open("POST", TRY(saml::resolve_url(page.url, form.action)), http::form_encoded(fields));
  }

  /// Follows redirects, as browsers do (RFC 9110, section 15.4): what was posted is posted again only where
  /// 307 or 308 ask for it.
  Result<Page> open(std::string method, std::string url, std::string body) {
    Secret posted(std::move(body));
    for (int redirects = 0; redirects <= redirects_max; ++redirects) {
      TRY(stay(url));
      const http::Response response = TRY(exchange(method, url, posted));
      if (!is_redirect(response.status)) {
        if (response.status != 200) return refused(response.status);
        return Page{.url = url, .body = response.body};
      }
      const auto location = response.headers.find("location");
      if (location == response.headers.end()) return refused(response.status);
      url = TRY(saml::resolve_url(url, location->second));
      if (response.status >= 307) continue;
      method = "GET";
      posted = Secret();
    }
    return fail(ErrorCode::invalid, fmt::format("sends on more than {} times", redirects_max));
  }

  Result<http::Response> exchange(const std::string& method, const std::string& url, const Secret& posted) {
    http::Outgoing request{.method = method,
                           .url = url,
                           .headers = {{"accept", "text/html"}},
                           .body = std::string(posted.reveal()),
                           .body_bytes_max = saml::html_bytes_max};
    if (method == "POST") request.headers.emplace("content-type", "application/x-www-form-urlencoded");
    if (std::string cookies = cookies_.header(); !cookies.empty())
      request.headers.emplace("cookie", std::move(cookies));
    Result<http::Response> response = send(std::move(request), looking_);
    if (!response) return response;
    if (const auto set = response->headers.find("set-cookie"); set != response->headers.end())
      cookies_.take(set->second);
    return response;
  }

  /// A page that leads elsewhere might be somebody else's by now, and must not get name, password and
  /// cookies.
  [[nodiscard]] Result<void> stay(const std::string& url) const {
    const std::string origin = TRY(saml::origin_of(url));
    if (origin == origin_) return {};
    return fail(ErrorCode::invalid,
                "sends on to " + shown(host_of(url), 100) + ", and only its own pages are followed");
  }

  [[nodiscard]] tl::unexpected<Error> refused(int status) const {
    return fail(
        ErrorCode::unavailable,
        fmt::format("{} (status {})",
                    has_signed_in_ ? "did not sign the synthetic user in" : "shows no sign-in page", status));
  }

  const catalog::SamlLoginProbe& probe_;
  const Secret& password_;
  const std::string origin_;
  const Looking& looking_;
  Cookies cookies_;
  bool has_signed_in_ = false;
};

Observation judge(const Result<std::string>& xml, const saml::IdpMetadata& idp, const Looking& looking) {
  if (!xml) return bad("the IdP " + xml.error().message);
  const Result<saml::Assertion> assertion = saml::read_response(*xml, idp, looking.now);
  if (!assertion) return bad("the IdP signs in with what cannot be used: " + assertion.error().message);
  return {
      .sight = Sight::good,
      .detail = fmt::format("signs the synthetic user in, with {} roles in AWS", assertion->roles.size())};
}

}  // namespace

Observation look_at(const catalog::SamlLoginProbe& probe, const Looking& looking) {
  const Result<std::string> origin = saml::origin_of(probe.url);
  if (!origin || !is_confidential(probe.url))
    return blind("the sign-in address is not https, so no password is sent there");
  const Result<saml::IdpMetadata> idp = fetch_metadata_of(probe.of, looking);
  if (!idp) return blind("no assertion could be verified: the IdP " + idp.error().message);
  const Result<Secret> password = secret_of(probe.password, looking);
  if (!password) return blind("the synthetic user's password is not to be had: " + password.error().message);
  const Result<std::string> xml = SignIn(probe, *password, *origin, looking).run();
  if (!xml && xml.error().code == ErrorCode::internal) return blind(xml.error().message);
  Observation seen = judge(xml, *idp, looking);
  // What a reader of outside bytes says of them may quote them, and the IdP knows the password.
  if (!password->empty() && seen.detail.find(password->reveal()) != std::string::npos)
    seen.detail = "the IdP did not sign the synthetic user in as it should";
  return seen;
}

}  // namespace postern::probe
