// Judges YAML documents by a JSON Schema (draft 2020-12), as strictly as ajv can.
//
//   node schema_validate.cjs SCHEMA <questions >answers
//
// A question is a line of JSON: {"text": YAML, "give": true to get what it says as JSON}. Its answer is the line of the same number:
// {"good", "faults": [text…], "value"?}. Exit code 1 when the schema itself is not one. ajv and yaml are found through NODE_PATH.
const { readFileSync } = require('node:fs')
const Ajv = require('ajv/dist/2020').default
const { parseDocument } = require('yaml')

const FAULTS_SHOWN = 5

function readYaml(text) {
  // JSON is YAML, and read a hundred times as fast.
  if (text.startsWith('{')) try { return { faults: [], value: JSON.parse(text) } } catch {}
  const document = parseDocument(text, { version: '1.2', uniqueKeys: true, logLevel: 'error' })
  const faults = document.errors.map(each => each.message)
  return { faults, value: faults.length > 0 ? undefined : document.toJS() }
}

function judge(validate, { text, give }) {
  const { faults, value } = readYaml(text)
  if (faults.length > 0) return { good: false, faults }
  const good = validate(value)
  const said = (validate.errors ?? []).slice(0, FAULTS_SHOWN).map(each => `${each.instancePath || '/'} ${each.message}`)
  return { good, faults: said, ...(give && { value }) }
}

let validate
try {
  // `strict: true` makes errors of what ajv by default only logs: types left open, keys required and not described.
  validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(readFileSync(process.argv[2], 'utf8')))
} catch (error) {
  console.error(`The schema cannot be used: ${error.message}`)
  process.exit(1)
}
const questions = readFileSync(0, 'utf8').split('\n').filter(line => line !== '')
for (const line of questions) console.log(JSON.stringify(judge(validate, JSON.parse(line))))
