// What can be wrong with an AWS endpoint, switched on by the test through the control port.
import { Refusal } from './answers.mjs'

const HUGE_BYTES = 50 * 1024 * 1024
const SLOW_SECONDS_MAX = 120

const kinds = {
  region_disabled: (response, call) => {
    const words =
      'STS is not activated in this region for account:000000000000. ' +
      'Your account administrator can activate STS in this region using the IAM Console.'
    new Refusal(403, 'RegionDisabledException', words).write(response, call.service)
  },
  // Says nothing until the client gives up; the limit only keeps a forgotten test from hanging for ever.
  slow: response => {
    const timer = setTimeout(() => response.destroy(), SLOW_SECONDS_MAX * 1000)
    response.on('close', () => clearTimeout(timer))
  },
  malformed: response => {
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.end('<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA')
  },
  huge: response => {
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.write('<AssumeRoleResponse><AssumeRoleResult>')
    const block = '<Padding>' + 'x'.repeat(64 * 1024) + '</Padding>'
    let left = HUGE_BYTES
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= block.length
        if (!response.write(block)) return response.once('drain', more)
      }
      response.end('</AssumeRoleResult></AssumeRoleResponse>')
    }
    more()
  },
  // Back to the gateway itself: a client that follows it, with its signature in hand, is seen in the log.
  redirect: (response, call) => {
    response.writeHead(307, { location: `http://${call.host}/redirected` })
    response.end()
  },
}

export class Faults {
  #byPlace = new Map()

  /** `place` is a Region of the credential scope or a Host; undefined for everywhere. "none" there ends them all. */
  set(fault, place) {
    if (fault !== 'none' && !(fault in kinds)) throw new Error(`no such fault: ${fault}`)
    if (fault !== 'none') this.#byPlace.set(place, fault)
    else if (place === undefined) this.#byPlace.clear()
    else this.#byPlace.delete(place)
  }

  /** Answers `call` wrongly, and says how, if a fault is switched on for it. */
  strike(response, call) {
    const fault = [call.region, call.host, undefined].map(place => this.#byPlace.get(place)).find(Boolean)
    if (fault) kinds[fault](response, call)
    return fault
  }
}
