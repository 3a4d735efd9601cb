#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Somebody else's program on the gateway's port: `thief.mjs PORT`. It answers as a gateway would.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
  response.end('{"ok":true,"status":"live","ready":true,"failing":[]}')
})
server.listen(Number(process.argv[2]), '127.0.0.1')
