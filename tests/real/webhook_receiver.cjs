// Other people's programs that get our webhooks: an https server that lets each message be judged by `standardwebhooks`, the
// library of those who wrote the specification, and answers 400 to whatever that does not believe.
//
//   SECRETS='{"hook": "whsec_…"}' node webhook_receiver.cjs --port PORT --key KEY.pem --certificate CERTIFICATE.pem
//
//   POST /NAME            a signed message, when SECRETS has that name
//   POST /room            what Slack takes: {"text": "…"}
//   POST /alerts          what Alertmanager passes on
//   GET  /_log            what came so far: [{at, path, status, headers, body}]
//   POST /_mode/NAME/MODE ok, hung (no answer until the mode changes), failing (500), reset (the connection breaks)
const fs = require("node:fs");
const https = require("node:https");
const { parseArgs } = require("node:util");
const { Webhook } = require("standardwebhooks");

const text = { type: "string" };
const { values } = parseArgs({ options: { port: text, key: text, certificate: text } });
const secrets = JSON.parse(process.env.SECRETS);
const BODY_BYTES_MAX = 1 << 20;

const log = [];
const modes = {};
const hung = [];

function judgeSigned(name, headers, body) {
  if (!String(headers["content-type"]).startsWith("application/cloudevents+json")) return [400, "no CloudEvent in structured mode"];
  try {
    new Webhook(secrets[name]).verify(body, headers);
    return [204, ""];
  } catch (error) {
    return [400, `not believed: ${error.message}`];
  }
}

// As https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks has it: text is all that there must be.
function judgeForRoom(body) {
  try {
    const { text: shown } = JSON.parse(body);
    return typeof shown === "string" && shown !== "" ? [200, "ok"] : [400, "no_text"];
  } catch {
    return [400, "invalid_payload"];
  }
}

function judge(name, headers, body) {
  if (name in secrets) return judgeSigned(name, headers, body);
  if (name === "room") return judgeForRoom(body);
  return name === "alerts" ? [200, ""] : [404, "no_service"];
}

function setMode(name, mode) {
  modes[name] = mode;
  // As a gateway does when it loses patience.
  for (const response of hung.splice(0)) answer(response, 503, "");
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "text/plain" });
  response.end(body);
}

function serve(request, response, body) {
  const [, name, ...rest] = request.url.split("/");
  if (name === "_log") return answer(response, 200, JSON.stringify(log));
  if (name === "_mode") return answer(response, 200, String(setMode(...rest)));
  const mode = modes[name] ?? "ok";
  const [status, said] = mode === "failing" ? [500, ""] : judge(name, request.headers, body);
  const answered = mode === "ok" || mode === "failing";
  log.push({ at: Date.now() / 1000, path: request.url, status: answered ? status : mode, headers: request.headers, body, said });
  if (mode === "hung") return hung.push(response);
  return mode === "reset" ? response.destroy() : answer(response, status, said);
}

const options = { key: fs.readFileSync(values.key), cert: fs.readFileSync(values.certificate) };
https
  .createServer(options, (request, response) => {
    const parts = [];
    let size = 0;
    request.on("data", (part) => {
      size += part.length;
      if (size > BODY_BYTES_MAX) request.destroy();
      parts.push(part);
    });
    request.on("end", () => serve(request, response, Buffer.concat(parts).toString("utf8")));
  })
  .listen(Number(values.port), "127.0.0.1");
