// Codes of virtual MFA devices: RFC 6238 with HMAC-SHA-1, six digits and steps of 30 seconds, as AWS has them.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

const STEP_SECONDS = 30
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567' // RFC 4648, base32

function fromBase32(text) {
  const bytes = []
  let bits = 0
  let value = 0
  for (const letter of text.toUpperCase().replace(/[=\s]/g, '')) {
    const five = ALPHABET.indexOf(letter)
    if (five < 0) throw new Error('a seed is not base32')
    value = ((value << 5) | five) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((value >> bits) & 0xff)
    }
  }
  return Buffer.from(bytes)
}

function codeAt(seed, step) {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', seed).update(counter).digest()
  const offset = digest.at(-1) & 0xf
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

export class Devices {
  #seedsFile
  #lastStep = new Map()

  /** `seedsFile` is JSON, {"<device ARN>": "<base32 seed>"}; read at each check, so that a test may add devices. */
  constructor(seedsFile) {
    this.#seedsFile = seedsFile
  }

  /** Whether the code is right now, one step of tolerance either side. A code is good once, and so is none before it. */
  accept(serialNumber, code, now = Date.now()) {
    const text = JSON.parse(readFileSync(this.#seedsFile, 'utf8'))[serialNumber]
    if (!text) return false
    const seed = fromBase32(text)
    const present = Math.floor(now / 1000 / STEP_SECONDS)
    for (const step of [present - 1, present, present + 1]) {
      if (step <= (this.#lastStep.get(serialNumber) ?? -1) || codeAt(seed, step) !== code) continue
      this.#lastStep.set(serialNumber, step)
      return true
    }
    return false
  }
}
