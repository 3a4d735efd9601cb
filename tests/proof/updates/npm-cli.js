// SPDX-License-Identifier: MIT
// In npm's place, for a proof that updates thousands of times: npm itself needs seconds of each. It asks the
// stand-in registry for what the suite asks npm for: `view`, `pack`, and an installation of no dependency.
'use strict'
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')

const words = process.argv.slice(2)
const option = (name) => words.find((word) => word.startsWith(`--${name}=`))?.split('=').slice(1).join('=')
const plain = words.filter((word) => !word.startsWith('-'))

async function published(spec) {
  const [name, version] = spec.split('@')
  const document = await (await fetch(new URL(name, option('registry')))).json()
  return document.versions[document['dist-tags'][version] ?? version]
}

const value = (object, path) => path.split('.').reduce((inner, key) => inner?.[key], object)

const commands = {
  async view(spec, ...fields) {
    const found = await published(spec)
    if (!found) return
    const answer = fields.map((field) => [field, value(found, field)]).filter(([, known]) => known !== undefined)
    console.log(JSON.stringify(Object.fromEntries(answer)))
  },
  async pack(spec) {
    const found = await published(spec)
    const body = await (await fetch(found.dist.tarball)).arrayBuffer()
    writeFileSync(join(option('pack-destination'), `${found.name}-${found.version}.tgz`), Buffer.from(body))
  },
  async install() {},
}

if (words.includes('--version')) console.log('11.0.0')
else commands[plain[0]](...plain.slice(1))
