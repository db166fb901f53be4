// The gateway in front of moto: it enforces what moto stores but does not enforce.
//
//   node gateway.mjs --moto PORT --seeds FILE --log FILE [--port N] [--control-port N]
//
// Both ports are on 127.0.0.1 and free ones by default; the first line of output says which:
// {"port":N,"control_port":N}. Each decision is one JSON line in the log, without any secret. Only AWS's query protocol goes
// through, because only there the action of a call is known for sure. Signatures are not checked here: that is what a
// moto in its enforcing mode is for.
//
// POST to the control port, JSON:
//   {"fault": "region_disabled" | "slow" | "malformed" | "huge" | "redirect" | "none", "host": REGION or HOST (optional)}
//   {"expire_sessions": true}
import { appendFileSync } from 'node:fs'
import http from 'node:http'
import { parseArgs } from 'node:util'
import { notModelled, Refusal } from './gateway/answers.mjs'
import { AssumeRole } from './gateway/assume_role.mjs'
import { Callers } from './gateway/callers.mjs'
import { contextOf, Decider } from './gateway/decide.mjs'
import { Faults } from './gateway/faults.mjs'
import { Devices } from './gateway/mfa.mjs'
import { Moto } from './gateway/moto.mjs'
import { Policies } from './gateway/policies.mjs'

const BODY_BYTES_MAX = 1024 * 1024
const CREDENTIAL = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request/

async function bodyOf(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > BODY_BYTES_MAX) throw new Refusal(413, 'RequestEntityTooLarge', 'Request body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** What the rest needs to know of a request. The query protocol has its parameters in the body, or in the URL for GET. */
function understand(request, body) {
  const [, accessKeyId, region, service] = request.headers.authorization?.match(CREDENTIAL) ?? []
  const url = new URL(request.url, 'http://127.0.0.1')
  const form = new URLSearchParams(request.method === 'GET' ? url.search : body)
  return {
    method: request.method, path: request.url, headers: request.headers, body,
    accessKeyId, region, service, host: request.headers.host, form, action: form.get('Action'),
  }
}

class Gateway {
  constructor({ motoPort, seedsFile, log }) {
    this.log = log
    this.moto = new Moto(motoPort)
    this.faults = new Faults()
    const policies = new Policies(this.moto)
    this.callers = new Callers(this.moto, policies)
    this.decider = new Decider(policies, log)
    const devices = new Devices(seedsFile)
    this.assumeRole = new AssumeRole({ moto: this.moto, policies, decider: this.decider, devices, callers: this.callers })
  }

  async handle(request, response) {
    const call = understand(request, await bodyOf(request))
    const line = { action: `${call.service ?? '?'}:${call.action ?? '?'}`, region: call.region }
    if (call.path === '/redirected') {
      this.log({ ...line, verdict: 'RedirectFollowed' })
      return response.writeHead(410).end()
    }
    const fault = this.faults.strike(response, call)
    if (fault) return this.log({ ...line, verdict: 'Fault', reason: fault })
    try {
      const answer = await this.answer(call)
      this.log({ ...line, verdict: 'Forwarded', status: answer.status })
      const { connection, 'content-length': length, 'transfer-encoding': coding, ...headers } = answer.headers
      response.writeHead(answer.status, headers)
      response.end(withZones(answer.body))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.log({ ...line, verdict: 'Refused', status: error.status, code: error.code, reason: error.reason || error.message })
      error.write(response, call.service)
    }
  }

  async answer(call) {
    if (!call.accessKeyId)
      throw new Refusal(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token')
    if (!call.action) throw notModelled('other protocols than the query protocol')
    const caller = await this.callers.identify(call.accessKeyId, call.headers)
    if (call.service === 'sts') {
      if (call.action === 'AssumeRole') return this.assumeRole.answer(call, caller)
      if (call.action !== 'GetCallerIdentity') throw notModelled(`sts:${call.action}`)
    } else {
      const everything = { arn: '*', account: caller.account }
      await this.decider.require(caller, `${call.service}:${call.action}`, everything, contextOf(caller, call.region))
    }
    return this.moto.send(call)
  }

  async control(request, response) {
    try {
      const { fault, host, expire_sessions: expire } = JSON.parse(await bodyOf(request))
      if (fault !== undefined) this.faults.set(fault, host)
      if (expire) this.callers.expireAll()
      response.writeHead(204).end()
    } catch (error) {
      response.writeHead(400).end(error.message)
    }
  }
}

// moto writes some instants without their zone, which AWS never does and AWS's own SDK for JavaScript refuses to read.
const withZones = xml => xml.replace(/>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})?\d*</g, '>$1$2Z<')

/** Listens on loopback, and says on which port. An unexpected error is an answer 500 and a line in the log. */
function listen(port, log, handle) {
  const server = http.createServer((request, response) =>
    handle(request, response).catch(error => {
      log({ verdict: 'Broken', reason: String(error.stack) })
      if (error instanceof Refusal) return error.write(response)
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
      response.end('The test gateway is broken; its log says why.')
    }))
  return new Promise(resolve => server.listen(port, '127.0.0.1', () => resolve(server.address().port)))
}

const text = { type: 'string' }
const options = { moto: text, seeds: text, log: text, port: { ...text, default: '0' }, 'control-port': { ...text, default: '0' } }
const { values } = parseArgs({ options })
if (!values.moto || !values.seeds || !values.log) {
  console.error('usage: gateway.mjs --moto PORT --seeds FILE --log FILE [--port N] [--control-port N]')
  process.exit(2)
}
const log = line => appendFileSync(values.log, JSON.stringify({ at: new Date().toISOString(), ...line }) + '\n')
const gateway = new Gateway({ motoPort: Number(values.moto), seedsFile: values.seeds, log })
const port = await listen(Number(values.port), log, (request, response) => gateway.handle(request, response))
const controlPort = await listen(Number(values['control-port']), log, (request, response) => gateway.control(request, response))
console.log(JSON.stringify({ port, control_port: controlPort }))
