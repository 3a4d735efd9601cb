#!/usr/bin/env node
// Somebody else's program on the gateway's port: `thief.mjs PORT SECONDS`. It answers as a gateway would.
import { createServer } from 'node:http'

const [port, seconds] = process.argv.slice(2).map(Number)
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
  response.end('{"ok":true,"status":"live","ready":true,"failing":[]}')
})
server.listen(port, '127.0.0.1')
setTimeout(() => process.exit(0), seconds * 1000)
