// The standby identity provider: Auth0's samlp, which shares no code with simpleSAMLphp.
//
//   node samlp_idp.cjs --port PORT --entity-id ID --key KEY.pem --certificate CERTIFICATE.pem
//
// It serves its metadata at /metadata, and nobody can sign in.
const fs = require("node:fs");
const { parseArgs } = require("node:util");
const express = require("express");
const samlp = require("samlp");

const text = { type: "string" };
const { values } = parseArgs({ options: { port: text, "entity-id": text, key: text, certificate: text } });

// samlp asks it for the attributes that the metadata announces.
class NoClaims {
  static get metadata() {
    return [];
  }
}
NoClaims.prototype.metadata = NoClaims.metadata;

const application = express();
application.get(
  "/metadata",
  samlp.metadata({
    issuer: values["entity-id"],
    cert: fs.readFileSync(values.certificate),
    key: fs.readFileSync(values.key),
    profileMapper: NoClaims,
    redirectEndpointPath: "/sign-on",
    postEndpointPath: "/sign-on",
  }),
);
application.listen(Number(values.port), "127.0.0.1");
